// Passkeys at the desk: asks the server for a challenge, the browser for a passkey, and sends the
// answer as a form. Without this script, or without passkeys, the page works by password and code.
"use strict";
(() => {
  const form = document.querySelector("form[data-passkey]");
  const said = document.querySelector(".passkey-said");
  if (!form || !said) return;
  const adds = form.dataset.passkey === "add";
  if (!window.PublicKeyCredential || !navigator.credentials) {
    if (adds) said.textContent = "This browser cannot use passkeys.";
    return;
  }
  form.hidden = false;

  const WORDS = {
    InvalidStateError: "This device already holds a passkey of yours for this desk.",
    NotAllowedError: adds
      ? "No passkey was made: it was cancelled, took too long, or this device cannot check that it is you."
      : "No passkey was used: it was cancelled, took too long, or this device holds none for this desk.",
    NotSupportedError: "This device cannot make a passkey of a kind that the desk takes.",
    SecurityError: "Passkeys do not work at this address. Open the desk at its own address.",
  };
  const NO_ANSWER = "The desk did not answer. Load the page again, then try once more.";

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));

  // Sends the form; gives the answer, or null where the page is left or said what went wrong.
  const send = async (address, credential) => {
    const body = new URLSearchParams(new FormData(form));
    if (credential) body.set("credential", JSON.stringify(credential));
    const response = await fetch(address, { method: "POST", body, redirect: "manual" });
    if (response.type === "opaqueredirect" || response.status === 401) {
      // The sign-in ended or must be confirmed: the page itself leads there.
      location.assign(location.pathname + location.search);
      return null;
    }
    const type = response.headers.get("Content-Type") || "";
    const answer = type.startsWith("application/json") ? await response.json() : { problem: NO_ANSWER };
    if (answer.problem) say(answer.problem);
    return answer.problem ? null : answer;
  };

  const say = (words) => {
    said.textContent = words;
  };

  const make = async (options) => {
    const user = { ...options.user, id: bytes(options.user.id) };
    const excludeCredentials = named(options.excludeCredentials);
    const challenge = bytes(options.challenge);
    const publicKey = { ...options, challenge, user, excludeCredentials };
    const made = await navigator.credentials.create({ publicKey });
    return packed(made, { attestationObject: text(made.response.attestationObject) });
  };

  const use = async (options) => {
    const allowCredentials = named(options.allowCredentials);
    const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials };
    const used = await navigator.credentials.get({ publicKey });
    const { authenticatorData, signature, userHandle } = used.response;
    return packed(used, {
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      ...(userHandle ? { userHandle: text(userHandle) } : {}),
    });
  };

  const packed = (credential, own) => ({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: { clientDataJSON: text(credential.response.clientDataJSON), ...own },
  });

  const run = async () => {
    const options = await send(form.dataset.challenge);
    if (!options) return;
    if (options.next) {
      location.assign(options.next);
      return;
    }
    say("Follow what your browser asks.");
    const answer = await send(form.action, await (adds ? make(options) : use(options)));
    if (answer) location.assign(answer.next);
  };

  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    say("");
    try {
      await run();
    } catch (error) {
      say(WORDS[error.name] || NO_ANSWER);
    }
    busy = false;
  });
})();
