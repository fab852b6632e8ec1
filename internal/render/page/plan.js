"use strict";
// What this adds to the page: filter, sort and page through all rows. Amounts
// are shown as they were written; as numbers they are minor units, which are
// exact, and are compared within a currency only.
(function () {
  const SHEET = 0, PAYMENT = 1, REFERENCE = 2, OP = 3, ACTION = 4, ITEM = 5, CURRENCY = 6, AMOUNT = 7,
    WHAT = 8, REMARK = 9, FILE = 10, LINE = 11, LABELS = 12;
  const $ = (id) => document.getElementById(id);

  const until = Date.parse(document.body.dataset.until);
  function expire() {
    if (Date.now() >= until) $("expired").hidden = false;
  }
  expire();
  setInterval(expire, 30000);

  let data;
  try {
    data = JSON.parse($("data").textContent);
  } catch (e) {
    $("found").textContent = "This file is not complete: its rows cannot be read. Only the first rows of each table are shown.";
    $("found").hidden = false;
    return;
  }
  const rows = data.rows, currencies = data.currencies;
  const text = (v) => typeof v === "number" ? data.texts[v] : v;
  const minor = (decimal) => parseInt(decimal.replace(".", ""), 10);
  const number = (n) => n.toLocaleString("en-US");
  const place = (r) => r[LINE] ? text(r[FILE]) + ":" + r[LINE] : text(r[FILE]);

  const searched = [];
  function searchText(i) {
    if (searched[i] === undefined) {
      const r = rows[i];
      searched[i] = [r[PAYMENT], r[REFERENCE], text(r[ACTION]), r[ITEM], r[AMOUNT] && r[AMOUNT] + " " + currencies[r[CURRENCY]],
        text(r[WHAT]), text(r[REMARK]), place(r), text(r[LABELS])].join("\n").toLowerCase();
    }
    return searched[i];
  }

  // filter is what the controls ask for; its words say so to the reader.
  function filter() {
    const f = { words: $("q").value.trim().toLowerCase(), sheet: $("sheet").value, op: $("op").value, currency: $("currency").value, least: null, says: [], fault: "" };
    const chosen = (id) => $(id).selectedOptions[0].textContent;
    if (f.words) f.says.push("text “" + $("q").value.trim() + "”");
    for (const id of ["sheet", "op", "currency"]) if ($(id).value !== "" && currencies.length + (id !== "currency") > 1) f.says.push(chosen(id));
    const least = $("least").value.trim();
    $("least").disabled = f.currency === "";
    $("least").placeholder = f.currency === "" ? "currency first" : "";
    if (least && f.currency !== "") {
      const decimals = data.decimals[+f.currency], m = /^(\d{1,12})(?:\.(\d*))?$/.exec(least);
      if (!m || (m[2] || "").length > decimals) {
        f.fault = "The least amount is no amount in " + currencies[+f.currency] + ": write digits" + (decimals ? " and at most " + decimals + " decimals behind a point." : " only.");
      } else {
        f.least = parseInt(m[1] + (m[2] || "").padEnd(decimals, "0"), 10);
        f.says.push("at least " + least + " " + currencies[+f.currency]);
      }
    }
    $("least").setAttribute("aria-invalid", f.fault !== "");
    return f;
  }

  function matches(f, i) {
    const r = rows[i];
    return (f.op === "" || r[OP] === +f.op) && (f.currency === "" || r[CURRENCY] === +f.currency) &&
      (f.least === null || minor(r[AMOUNT]) >= f.least) && (!f.words || searchText(i).includes(f.words));
  }

  const keys = {
    payment: (r) => r[PAYMENT], reference: (r) => r[REFERENCE], action: (r) => text(r[ACTION]) + "\n" + r[ITEM],
    what: (r) => text(r[WHAT]), remark: (r) => text(r[REMARK]),
  };
  const order = (a, b) => a < b ? -1 : a > b ? 1 : 0;
  function compare(by) {
    if (by === "place") return (i, j) => i - j; // the plan is in the order of the manifests
    if (by === "amount") {
      return (i, j) => order(currencies[rows[i][CURRENCY]], currencies[rows[j][CURRENCY]]) ||
        (minor(rows[i][AMOUNT]) || 0) - (minor(rows[j][AMOUNT]) || 0);
    }
    return (i, j) => order(keys[by](rows[i]), keys[by](rows[j]));
  }

  function element(name, content, className) {
    const e = document.createElement(name);
    if (content !== undefined) e.textContent = content;
    if (className) e.className = className;
    return e;
  }
  // amount shows digits in groups, set apart by space and not by a character.
  function amount(cell, decimal, currency) {
    const whole = /^-?\d*/.exec(decimal)[0], first = whole.length % 3;
    const groups = (first ? [whole.slice(0, first)] : []).concat(whole.slice(first).match(/.{3}/g) || []);
    for (const g of groups) cell.append(element("span", g, "g"));
    cell.append(decimal.slice(whole.length) + " " + currency);
  }
  function twoLines(cell, first, second) {
    cell.append(first + " ", element("span", second, "item"));
    return cell;
  }
  function line(i) {
    const r = rows[i], tr = element("tr"), head = element("th", r[PAYMENT], "id"), sum = element("td", "", "amount");
    head.scope = "row";
    if (r[AMOUNT]) amount(sum, r[AMOUNT], currencies[r[CURRENCY]]);
    tr.append(head, element("td", r[REFERENCE]), twoLines(element("td"), text(r[ACTION]), r[ITEM]), sum,
      element("td", text(r[WHAT])), element("td", text(r[REMARK])), twoLines(element("td"), place(r), text(r[LABELS])));
    return tr;
  }

  // A sheet is one table with its pager.
  const sheets = [];
  for (const section of document.querySelectorAll("section.sheet")) {
    const s = { section, number: +section.dataset.sheet, body: section.querySelector("tbody"), all: [], shown: [], page: 0, by: "", down: false, buttons: {} };
    sheets[s.number] = s;
    for (const more of section.querySelectorAll(".more")) more.hidden = true;
    const nav = element("nav", undefined, "pager");
    nav.setAttribute("aria-label", "Pages of " + section.querySelector("caption").textContent);
    s.says = element("span");
    s.says.setAttribute("role", "status");
    for (const [name, to] of [["First", () => 0], ["Previous", () => s.page - 1], ["Next", () => s.page + 1], ["Last", () => last(s)]]) {
      const b = s.buttons[name] = element("button", name);
      b.type = "button";
      b.addEventListener("click", () => { s.page = Math.min(Math.max(to(), 0), last(s)); show(s); });
      nav.append(b);
    }
    nav.append(s.says);
    section.querySelector(".scroll").after(nav);
    for (const th of section.querySelectorAll("thead th")) {
      const b = element("button", th.textContent);
      b.type = "button";
      b.addEventListener("click", () => sortBy(s, th));
      th.replaceChildren(b);
    }
  }
  rows.forEach((r, i) => sheets[r[SHEET]].all.push(i));

  const size = () => +$("size").value;
  const last = (s) => Math.max(0, Math.ceil(s.shown.length / size()) - 1);

  // sortBy sorts up, then down, then as in the plan again.
  function sortBy(s, th) {
    const by = th.dataset.by;
    if (s.by !== by) { s.by = by; s.down = false; } else if (!s.down) s.down = true; else { s.by = ""; s.down = false; }
    for (const other of s.section.querySelectorAll("thead th")) other.removeAttribute("aria-sort");
    if (s.by) th.setAttribute("aria-sort", s.down ? "descending" : "ascending");
    s.page = 0;
    select(s, current);
    show(s);
  }

  function select(s, f) {
    s.shown = f.sheet !== "" && +f.sheet !== s.number ? [] : s.all.filter((i) => matches(f, i));
    if (!s.by) return;
    const c = compare(s.by), sign = s.down ? -1 : 1;
    s.shown.sort((i, j) => sign * c(i, j) || i - j);
  }

  function show(s) {
    const from = s.page * size(), part = s.shown.slice(from, from + size());
    const lines = document.createDocumentFragment();
    for (const i of part) lines.append(line(i));
    s.body.replaceChildren(lines);
    const of = s.shown.length === s.all.length ? number(s.all.length) : number(s.shown.length) + " that match, of " + number(s.all.length) + " in all";
    if (part.length === s.all.length) s.says.textContent = part.length === 1 ? "The only row" : "All " + number(part.length) + " rows";
    else s.says.textContent = part.length ? "Rows " + number(from + 1) + " to " + number(from + part.length) + " of " + of : "No row matches, of " + number(s.all.length);
    const end = last(s);
    for (const [name, off] of [["First", s.page === 0], ["Previous", s.page === 0], ["Next", s.page >= end], ["Last", s.page >= end]]) {
      s.buttons[name].disabled = off;
      s.buttons[name].hidden = end === 0;
    }
  }

  let current = null;
  function update() {
    const f = current = filter();
    let found = 0;
    sheets.forEach((s) => {
      select(s, f);
      s.page = 0;
      s.section.hidden = f.sheet !== "" && +f.sheet !== s.number;
      show(s);
      found += s.shown.length;
    });
    const says = f.says.length ? number(found) + " of " + number(rows.length) + " rows match: " + f.says.join(", ") + "." : "";
    $("found").textContent = [f.fault, says].filter(Boolean).join(" ");
    $("found").hidden = !$("found").textContent;
  }

  currencies.forEach((c, i) => {
    const o = element("option", c);
    o.value = i;
    $("currency").append(o);
  });
  if (currencies.length === 1) $("currency").value = "0";
  const controls = $("controls");
  let soon = 0;
  controls.addEventListener("input", () => { clearTimeout(soon); soon = setTimeout(update, 120); });
  controls.addEventListener("submit", (e) => e.preventDefault());
  controls.addEventListener("reset", () => setTimeout(() => {
    if (currencies.length === 1) $("currency").value = "0";
    update();
  }));
  controls.hidden = rows.length === 0;
  update();
  document.body.dataset.ready = "yes";
})();
