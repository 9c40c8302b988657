// The notice before a staff session ends. The server ends the session by itself; this only says so
// in time, keeps a note that is being written, and takes the page off the screen at the end.
"use strict";
(() => {
  const notice = document.getElementById("timeout");
  if (!notice) return;
  const part = (name) => document.getElementById(`timeout-${name}`);
  const WARN = 120_000;
  const KEEP = 20_000;
  const IDLE = 900_000;
  const token = notice.querySelector("[name=csrf_token]").value;
  const write = document.getElementById("write");
  const field = write && write.elements.body;
  const began = Date.now();
  const wholeEnd = began + Number(notice.dataset.whole) * 1000;
  let idleEnd = began + Number(notice.dataset.idle) * 1000;
  // What the server holds already: what it put into the field itself.
  let kept = field ? field.defaultValue : "";
  // The end before which that was done; once, and once more at the end itself.
  let keptFor = 0;
  let left = false;
  let busy = false;

  // Use in one tab is use in all of them.
  const tabs = new BroadcastChannel("staff-session");
  const tell = () => tabs.postMessage(idleEnd);
  tabs.onmessage = (event) => {
    if (typeof event.data !== "number" || event.data <= idleEnd) return;
    idleEnd = event.data;
    check();
  };

  const end = () => Math.min(idleEnd, wholeEnd);

  function show() {
    const final = wholeEnd <= idleEnd;
    part("at").textContent = new Date(end())
      .toLocaleTimeString("en-US", {
        hour: "numeric",
        minute: "2-digit",
        timeZone: notice.dataset.zone,
      })
      .toLowerCase();
    part("whole").hidden = !final;
    part("stay").hidden = final;
    if (notice.open || notice.dataset.seen === String(end())) return;
    notice.dataset.seen = String(end());
    notice.showModal();
    (final ? part("out") : part("stay")).focus();
  }

  function close() {
    part("failed").hidden = true;
    if (notice.open) notice.close();
  }

  async function stay() {
    try {
      const body = new URLSearchParams({ csrf_token: token });
      const answer = await fetch("/staff/account/stay", { method: "POST", body });
      if (answer.status === 401) return leave();
      if (!answer.ok) throw new Error("refused");
      idleEnd = Date.now() + IDLE;
      tell();
      close();
    } catch {
      part("failed").hidden = false;
    }
  }

  // Keeps the note on the server, for its author alone, unless that was done for this very text.
  async function keep() {
    if (!field || busy || field.value.trim() === "" || field.value === kept) return;
    busy = true;
    const text = field.value;
    try {
      const body = new URLSearchParams(new FormData(write));
      const answer = await fetch(write.dataset.keep, { method: "POST", body, keepalive: true });
      // After the end the page of sign-in comes back, and the note is kept all the same.
      if (answer.ok || answer.status === 401) kept = text;
    } catch {
      keptFor = 0;
    } finally {
      busy = false;
    }
  }

  async function leave() {
    if (left) return;
    left = true;
    document.body.hidden = true;
    const patience = new Promise((resolve) => setTimeout(resolve, 3000));
    await Promise.race([keep(), patience]);
    window.location.replace(notice.dataset.back);
  }

  function check() {
    const rest = end() - Date.now();
    if (rest <= 0) return void leave();
    if (rest <= KEEP && keptFor !== end()) {
      keptFor = end();
      void keep();
    }
    if (rest <= WARN) show();
    else close();
  }

  part("stay").addEventListener("click", stay);
  // Escape is a sign of life as well.
  notice.addEventListener("cancel", (event) => {
    if (part("stay").hidden) return;
    event.preventDefault();
    void stay();
  });
  part("out").form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await keep();
    event.target.submit();
  });
  document.addEventListener("visibilitychange", check);
  window.addEventListener("pageshow", check);
  window.setInterval(check, 1000);
  tell();
  check();
})();
