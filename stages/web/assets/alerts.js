// Notifications of the browser about alerts, asked for by a button; none without permission.
"use strict";

const SEEN = "emobot_alerts"; // key in the tab's storage: alerts that it has shown
const MOST_SEEN = 500; // number of them that are remembered
const NOTIFY = "emobot_notify"; // key in the browser's storage: whether this reader wants notifications

function wantsNotifications() {
  return "Notification" in window && Notification.permission === "granted" && localStorage.getItem(NOTIFY) === "1";
}

function showNotify() {
  const button = document.getElementById("notify");
  const on = wantsNotifications();
  const texts = JSON.parse(button.dataset.texts);
  button.textContent = on ? texts.notify_stop : texts.notify;
  button.setAttribute("aria-pressed", String(on));
}

async function emobotNotify(event) {
  const texts = JSON.parse(event.currentTarget.dataset.texts);
  const sign = document.getElementById("notify-error");
  sign.textContent = "";
  if (!window.isSecureContext || !("Notification" in window)) {
    sign.textContent = texts.notify_insecure;
    return;
  }
  if (wantsNotifications()) {
    localStorage.removeItem(NOTIFY);
  } else if ((await Notification.requestPermission()) === "granted") {
    localStorage.setItem(NOTIFY, "1");
  } else {
    sign.textContent = texts.notify_denied;
  }
  showNotify();
}

// Those on the page when it was opened are shown, but not notified. After an interruption the page is loaded again in
// the same tab; then those that were raised meanwhile are new.
function watchAlerts() {
  const list = document.getElementById("alerts");
  if (!list) return setTimeout(watchAlerts, 200);
  const before = sessionStorage.getItem(SEEN);
  const seen = new Set(before ? JSON.parse(before) : [...list.children].map((item) => item.dataset.alert));
  const look = () => {
    for (const item of list.children) {
      const { alert, text } = item.dataset;
      if (!alert || seen.has(alert)) continue;
      seen.add(alert);
      if (wantsNotifications()) {
        const title = item.querySelector("strong").textContent;
        new Notification(title, { body: text, tag: alert, lang: document.documentElement.lang });
      }
    }
    sessionStorage.setItem(SEEN, JSON.stringify([...seen].slice(-MOST_SEEN)));
  };
  showNotify();
  look();
  new MutationObserver(look).observe(list, { childList: true, subtree: true });
}

if (location.pathname === "/") document.addEventListener("DOMContentLoaded", watchAlerts);
