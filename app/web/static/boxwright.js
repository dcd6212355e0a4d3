// Small comforts; every page works without them.
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.includes("zone=" + encodeURIComponent(zone))) {
    document.cookie = "zone=" + encodeURIComponent(zone) + "; path=/; max-age=31536000; samesite=lax";
  }
  // A second tap on a button that is already at work changes nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method === "post") { form.dataset.sent = "yes"; }
  });
  addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });
  // Forms marked data-inplace are sent without leaving the page, and come back as they are then.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.matches("form[data-inplace]")) { return; }
    event.preventDefault();
    const tapped = event.submitter;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form, tapped) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = answer.ok && page.getElementById(form.id);
      if (!fresh) { location.reload(); return; }
      form.replaceWith(fresh);
      const same = tapped && fresh.querySelector(`[name="${tapped.name}"][value="${tapped.value}"]`);
      (same || fresh.querySelector("button")).focus();
    } catch { location.reload(); }
  });
  // Running totals: the sum of all fields marked data-adds, said aloud where data-sum stands.
  document.querySelectorAll("form[data-total]").forEach((form) => {
    const out = form.querySelector("[data-sum]");
    const room = Number(form.dataset.total);
    const tell = () => {
      let sum = 0;
      form.querySelectorAll("[data-adds]").forEach((field) => { sum += Number(field.value) || 0; });
      out.textContent = sum;
      out.closest("[data-state]").dataset.state = sum > room ? "over" : "fits";
    };
    form.addEventListener("input", tell);
    tell();
  });
  // A slider writes into its field, and follows what is typed there.
  document.querySelectorAll("input[data-slides]").forEach((slider) => {
    const field = document.getElementById(slider.dataset.slides);
    slider.hidden = false;
    slider.addEventListener("input", () => { field.value = (slider.value / 100).toFixed(2); });
    field.addEventListener("input", () => {
      slider.value = Math.round(Number(field.value.replace(",", ".")) * 100) || slider.value;
    });
  });
  document.querySelectorAll("select[data-submits]").forEach((field) => {
    field.addEventListener("change", () => field.form.requestSubmit());
  });
})();
