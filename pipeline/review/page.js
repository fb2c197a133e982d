// The explorer of a plan: search, facets, keyboard and virtual rows over the data that
// stands in the page. It asks nobody for anything, and puts values into the page as text
// alone. Without it the page shows the same plan as lists.
"use strict";
(() => {
  // What stands at which place of a row and of a field; island.go writes them so.
  const ACTION = 0, SINK = 1, RISK = 2, CLASS = 3, CODE = 4, LABELS = 5, TITLE = 6, TARGET = 7, ID = 8,
    KEY = 9, ROUTE = 10, PLACES = 11, LINES = 12, FIELDS = 13, MARKS = 14;
  const NAME = 0, BEFORE = 1, AFTER = 2, FROM = 3, POINTS = 4, NOTES = 5;
  const EMPTY = 0; // a value that is not there; EMPTIED is 1

  const TYPING_WAIT = 120; // milliseconds between the last key and the search
  const SPARE_ROWS = 12; // rows drawn above and below those in sight
  const VALUES_SHOWN = 12; // values of a facet before somebody asks for more
  const VALUES_MOST = 500; // values of a facet at most
  const SIGNS = { create: "+", update: "~", delete: "-", blocked: "!", question: "?" };

  // ---- Pure: text, filter, window -------------------------------------------------

  // LETTERS are the plain spellings of letters and signs that do not come apart into a
  // letter and its marks.
  const LETTERS = { "`": "'", "\u00df": "ss", "\u00e6": "ae", "\u0153": "oe", "\u00f8": "o", "\u0111": "d", "\u00f0": "d", "\u0256": "d", "\u00fe": "th",
    "\u0142": "l", "\u0131": "i", "\u0268": "i", "\u0127": "h", "\u014b": "n", "\u0167": "t", "\u0138": "k", "\u0259": "a", "\u03c2": "\u03c3" };
  for (const r of "\u2018\u2019\u201b\u2032\u02bc\u02b9") LETTERS[r] = "'";
  for (const r of "\u201c\u201d\u201e\u00ab\u00bb\u2033") LETTERS[r] = '"';
  for (const r of "\u2010\u2011\u2012\u2013\u2014\u2015\u2212") LETTERS[r] = "-";
  const SPELLED = new RegExp("[" + Object.keys(LETTERS).join("") + "]", "gu");

  // fold makes text comparable, as Fold of the program does: small letters without the
  // marks on them, one spelling of letters such as \u00df, and single spaces.
  const fold = (text) => text.normalize("NFKD").replace(/\p{Cf}+/gu, "").replace(/[\s\p{Cc}]+/gu, " ").toLowerCase()
    .replace(/([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hebrew}])\p{Mn}+/gu, "$1")
    .replace(SPELLED, (r) => LETTERS[r]).normalize("NFC").trim();

  // textOf is all that a search looks at of a row.
  const textOf = (row, data) => {
    const parts = [row[TITLE], row[TARGET], row[KEY], row[ID], row[PLACES], ...row[LINES]];
    if (row[CODE] >= 0) parts.push(data.codes[row[CODE]]);
    for (const f of row[FIELDS]) {
      for (const at of [BEFORE, AFTER]) if (typeof f[at] === "string") parts.push(f[at]);
      parts.push(...f[NOTES]);
    }
    return fold(parts.join("\n"));
  };

  // filtered picks the rows that have a chosen value in each facet and hold every word.
  // The numbers of a facet say how many rows each of its values would show beside what
  // is chosen in the other facets.
  const filtered = (count, valuesOf, facets, holds) => {
    const shown = [];
    const numbers = facets.map((f) => new Uint32Array(f.names.length));
    const narrowing = facets.map((f, i) => i).filter((i) => facets[i].chosen.size > 0);
    for (let at = 0; at < count; at++) {
      let misses = 0, missed = -1;
      for (const i of narrowing) {
        if (!valuesOf(i, at).some((v) => facets[i].chosen.has(v))) {
          missed = i;
          if (++misses > 1) break;
        }
      }
      if (misses > 1 || !holds(at)) continue;
      if (misses === 0) shown.push(at);
      for (let i = 0; i < facets.length; i++) {
        if (misses === 1 && i !== missed) continue;
        for (const v of valuesOf(i, at)) numbers[i][v]++;
      }
    }
    return { shown, numbers };
  };

  // windowOf is the first row to draw, and the one behind the last.
  const windowOf = (top, height, rowHeight, count) => {
    const first = Math.max(0, Math.floor(top / rowHeight) - SPARE_ROWS);
    const end = Math.min(count, Math.ceil((top + height) / rowHeight) + SPARE_ROWS);
    return { first: Math.min(first, end), end };
  };

  // differing takes two values apart: what they begin with alike, what each has then,
  // and what they end with alike. A letter stays together with the marks on it.
  const differing = (before, after) => {
    const a = Array.from(before), b = Array.from(after);
    const mark = /^[\p{Mn}\p{Me}]/u;
    let head = 0, tail = 0;
    while (head < a.length && head < b.length && a[head] === b[head]) head++;
    while (head > 0 && (mark.test(a[head] || "") || mark.test(b[head] || ""))) head--;
    while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
    while (tail > 0 && mark.test(a[a.length - tail])) tail--;
    const cut = (text) => [text.slice(0, head), text.slice(head, text.length - tail), text.slice(text.length - tail)].map((p) => p.join(""));
    return { alike: head + tail, most: Math.max(a.length, b.length), before: cut(a), after: cut(b) };
  };

  // orderOf is the order of the values of a facet: as they are given, or the most frequent
  // first, and of equally frequent ones by name.
  const orderOf = (names, total, given) => {
    const order = Array.from(names.keys());
    if (!given) order.sort((a, b) => total[b] - total[a] || (names[a] < names[b] ? -1 : 1));
    return order;
  };

  // wordsOf are the words of a search, each of which a row must hold.
  const wordsOf = (text) => fold(text).split(" ").filter((w) => w !== "");

  // conditionOf is what --where of show and --target-where of apply take for what is
  // chosen; "" where they cannot say it.
  const conditionOf = (facets, searching) => {
    if (searching) return "";
    const parts = [];
    for (const f of facets) {
      if (f.chosen.size === 0) continue;
      if (!f.condition) return "";
      const names = Array.from(f.chosen, (v) => f.names[v]).sort();
      if (names.some((n) => f.unsayable.includes(n) || /[\\"]|\.\.\. \(/.test(n))) return "";
      const any = names.map((n) => f.condition(JSON.stringify(n))).join(" or ");
      parts.push(names.length > 1 ? "(" + any + ")" : any);
    }
    return parts.join(" and ");
  };

  const grouped = (n) => n.toLocaleString("en-US");

  // ---- The page -------------------------------------------------------------------

  const $ = (id) => document.getElementById(id);
  const island = $("plan-data");
  const data = JSON.parse(island.textContent);
  island.remove();
  const rows = data.rows;

  const element = (name, className, text) => {
    const e = document.createElement(name);
    if (className) e.className = className;
    if (text !== undefined) e.textContent = text;
    return e;
  };
  // value is text of the data, apart from its neighbours where it runs from right to left.
  const value = (text, className) => element("bdi", className, text);

  const single = (at) => (row) => (row[at] < 0 ? [] : [row[at]]);
  const facets = [
    { title: "Action", names: data.actions, of: single(ACTION), condition: (n) => "action == " + n, unsayable: ["blocked", "question"] },
    { title: "Risk", names: data.risks.map((r) => r[1] + " (" + r[0] + ")"), hints: data.risks.map((r) => r[2]), of: single(RISK), ordered: true },
    { title: "To look at", names: data.marks, of: (row) => row[MARKS], ordered: true },
    { title: "Model and target", names: data.sinks, of: single(SINK) },
    { title: "Label", names: data.labels, of: (row) => row[LABELS], condition: (n) => n + " in labels" },
    { title: "Field", names: data.fields, of: (row) => row[FIELDS].map((f) => f[NAME]), condition: (n) => n + " in fields" },
    { title: "Class", names: data.classes, of: single(CLASS), condition: (n) => "class == " + n },
    { title: "Blocked because", names: data.codes, of: single(CODE) },
  ].filter((f) => f.names.length > 1 || (f.names.length === 1 && f.title !== "Model and target"));
  // The values of each row are looked up once.
  for (const f of facets) {
    f.chosen = new Set();
    f.unsayable = f.unsayable || [];
    f.values = rows.map((row) => f.of(row));
    f.whole = false;
  }

  let texts = null; // of the rows, for searching; made at the first search
  let shown = [];
  let numbers = [];
  let active = 0; // place in shown
  let open = false;
  let rowHeight = 1;
  let keysOn = true;

  const filter = () => {
    const wanted = wordsOf($("search").value);
    if (wanted.length > 0 && texts === null) texts = rows.map((row) => textOf(row, data));
    const kept = shown[active];
    const holds = wanted.length === 0 ? () => true : (at) => wanted.every((w) => texts[at].includes(w));
    ({ shown, numbers } = filtered(rows.length, (i, at) => facets[i].values[at], facets, holds));
    active = Math.max(0, shown.indexOf(kept));
    const total = data.left > 0 ? grouped(rows.length) + " that are in this page, of " + grouped(rows.length + data.left) : grouped(rows.length);
    $("count").textContent = shown.length === 0 ? "Nothing fits; of " + total + "." : grouped(shown.length) + " of " + total + ".";
    const condition = conditionOf(facets, wanted.length > 0);
    $("condition").hidden = condition === "";
    $("condition-text").textContent = condition;
    drawFacets();
    layOut();
    reveal();
    draw();
    if (open) drawDetail();
  };

  const layOut = () => {
    const probe = option(0);
    if (probe) {
      $("rows").replaceChildren(probe);
      rowHeight = Math.max(1, probe.getBoundingClientRect().height);
    }
    $("rows-room").style.height = shown.length * rowHeight + "px";
  };

  // option is the row at a place of what is shown, as an option of the list.
  const option = (place) => {
    const row = rows[shown[place]];
    if (!row) return null;
    const action = data.actions[row[ACTION]];
    const e = element("div", "row");
    e.id = "row-" + place;
    e.setAttribute("role", "option");
    e.setAttribute("aria-setsize", String(shown.length));
    e.setAttribute("aria-posinset", String(place + 1));
    e.setAttribute("aria-selected", String(place === active));
    e.append(element("span", "action " + (SIGNS[action] ? action : ""), (SIGNS[action] || "") + " " + action), " ");
    if (row[RISK] >= 0) e.append(element("span", "level", data.risks[row[RISK]][0]), " ");
    e.append(value(row[TITLE], "title"));
    if (row[TARGET]) e.append(" ", value("#" + row[TARGET]));
    for (const l of row[LABELS]) e.append(" ", value("[" + data.labels[l] + "]", "label"));
    const what = row[CODE] >= 0 ? data.codes[row[CODE]] : row[FIELDS].map((f) => data.fields[f[NAME]]).join(", ");
    if (what) e.append(" ", value(what, "what"));
    return e;
  };

  const draw = () => {
    const list = $("list");
    const { first, end } = windowOf(list.scrollTop, list.clientHeight, rowHeight, shown.length);
    const drawn = [];
    for (let place = first; place < end; place++) drawn.push(option(place));
    $("rows").style.transform = "translateY(" + first * rowHeight + "px)";
    $("rows").replaceChildren(...drawn);
    if (active >= first && active < end) list.setAttribute("aria-activedescendant", "row-" + active);
    else list.removeAttribute("aria-activedescendant");
  };

  // reveal scrolls so far that the active row is in sight.
  const reveal = () => {
    const list = $("list"), top = active * rowHeight;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + rowHeight > list.scrollTop + list.clientHeight) list.scrollTop = top + rowHeight - list.clientHeight;
  };

  const goTo = (place) => {
    if (shown.length === 0) return;
    active = Math.max(0, Math.min(shown.length - 1, place));
    reveal();
    draw();
    if (open) drawDetail();
  };

  const drawFacets = () => {
    facets.forEach((f, i) => {
      const box = f.box;
      const order = orderOf(f.names, f.total, f.ordered);
      const present = order.filter((v) => f.total[v] > 0);
      const most = f.whole ? VALUES_MOST : VALUES_SHOWN;
      const listed = present.filter((v, at) => at < most || f.chosen.has(v));
      for (const input of f.inputs.values()) input.parentNode.hidden = true;
      for (const v of listed) {
        if (!f.inputs.has(v)) box.append(facetValue(i, v));
        const input = f.inputs.get(v);
        input.checked = f.chosen.has(v);
        input.parentNode.hidden = false;
        input.parentNode.lastChild.textContent = grouped(numbers[i][v]);
      }
      box.hidden = present.length === 0;
      f.more.hidden = present.length <= VALUES_SHOWN;
      f.more.textContent = f.whole ? "fewer" : "all " + grouped(Math.min(present.length, VALUES_MOST));
      f.more.setAttribute("aria-expanded", String(f.whole));
      box.append(f.more);
    });
  };

  const facetValue = (i, v) => {
    const f = facets[i];
    const input = element("input");
    input.type = "checkbox";
    input.addEventListener("change", () => {
      if (input.checked) f.chosen.add(v);
      else f.chosen.delete(v);
      filter();
    });
    f.inputs.set(v, input);
    const label = element("label", "value");
    if (f.hints) label.title = f.hints[v];
    label.append(input, " ", value(f.names[v]), " ", element("span", "n"));
    return label;
  };

  const makeFacets = () => {
    for (const f of facets) {
      f.total = new Uint32Array(f.names.length);
      for (const values of f.values) for (const v of values) f.total[v]++;
      f.inputs = new Map();
      f.box = element("fieldset", "facet");
      f.box.append(element("legend", "", f.title));
      f.more = element("button", "more");
      f.more.type = "button";
      f.more.addEventListener("click", () => {
        f.whole = !f.whole;
        drawFacets();
      });
      $("facets").append(f.box);
    }
  };

  // ---- One change -----------------------------------------------------------------

  const shownValue = (v, word) => {
    if (typeof v === "string") return value(v);
    return element("span", "none", v === EMPTY ? word : "(emptied)");
  };

  const cellOf = (parts, name) => {
    const e = element(name);
    const text = element("bdi");
    text.append(parts[0]);
    if (parts[1]) text.append(element("mark", "", parts[1]));
    text.append(parts[2]);
    e.append(text);
    return e;
  };

  const fieldRow = (field, action) => {
    const tr = element("tr");
    const head = element("th");
    head.scope = "row";
    head.append(value(data.fields[field[NAME]]));
    const before = element("td"), after = element("td"), from = element("td");
    const [old, now] = [field[BEFORE], field[AFTER]];
    const parts = typeof old === "string" && typeof now === "string" ? differing(old, now) : null;
    if (parts && 2 * parts.alike >= parts.most) {
      before.append(cellOf(parts.before, "del"));
      after.append(cellOf(parts.after, "ins"));
    } else {
      if (action !== "create") before.append(shownValue(old, "(empty)"));
      if (action !== "delete") after.append(shownValue(now, "(empty)"));
    }
    if (field[POINTS]) after.append(element("p", "note", "looks the same: " + field[POINTS]));
    if (field[FROM]) from.append(value(field[FROM]));
    for (const note of field[NOTES]) {
      const p = element("p", "note");
      p.append(value(note));
      from.append(p);
    }
    tr.append(head, before, after, from);
    return tr;
  };

  const fact = (list, name, ...texts) => {
    const told = texts.filter((t) => t !== "" && t !== undefined);
    if (told.length === 0) return;
    list.append(element("dt", "", name));
    for (const t of told) {
      const dd = element("dd");
      dd.append(value(t));
      list.append(dd);
    }
  };

  const fieldTable = (row, action) => {
    const table = element("table");
    table.append(element("caption", "", "Fields"));
    const head = element("tr");
    for (const name of action === "blocked" ? ["Field", "In the target", "In the source", "We wrote"] : ["Field", "Before", "After", "From"]) {
      const th = element("th", "", name);
      th.scope = "col";
      head.append(th);
    }
    const top = element("thead"), body = element("tbody");
    top.append(head);
    for (const f of row[FIELDS]) body.append(fieldRow(f, action));
    table.append(top, body);
    return table;
  };

  const drawDetail = () => {
    const row = rows[shown[active]];
    const told = row !== undefined && open;
    $("detail").hidden = !told;
    $("explorer").classList.toggle("opened", told);
    if (!told) return;
    const action = data.actions[row[ACTION]];
    $("detail-title").replaceChildren(element("span", "action", (SIGNS[action] || "") + " " + action), " ", value(row[TITLE]));
    const facts = element("dl");
    if (row[RISK] >= 0) fact(facts, "Risk", data.risks[row[RISK]][0] + ": " + data.risks[row[RISK]][2]);
    if (row[CODE] >= 0) fact(facts, "Blocked because", data.codes[row[CODE]]);
    fact(facts, "Labels", row[LABELS].map((l) => "[" + data.labels[l] + "]").join(" "));
    fact(facts, "Why", ...row[LINES]);
    fact(facts, "Source rows", row[PLACES]);
    fact(facts, "Key", row[KEY]);
    fact(facts, "Record of the target", row[TARGET] && "#" + row[TARGET]);
    fact(facts, "Model and target", row[SINK] >= 0 ? data.sinks[row[SINK]] : "");
    fact(facts, "Route", row[ROUTE]);
    if (row[CLASS] >= 0) fact(facts, "Class", data.classes[row[CLASS]]);
    fact(facts, "To look at", row[MARKS].map((m) => data.marks[m]).join(", "));
    fact(facts, "Id", row[ID]);
    const parts = row[FIELDS].length > 0 ? [fieldTable(row, action), facts] : [facts];
    $("detail-body").replaceChildren(...parts);
  };

  const openDetail = () => {
    if (shown.length === 0) return;
    open = true;
    drawDetail();
    goTo(active);
    $("detail-title").focus();
  };

  const closeDetail = () => {
    open = false;
    drawDetail();
    $("list").focus();
    goTo(active);
  };

  // ---- Keys and clicks ------------------------------------------------------------

  const pageRows = () => Math.max(1, Math.floor($("list").clientHeight / rowHeight) - 1);

  const listKeys = {
    ArrowDown: () => goTo(active + 1),
    ArrowUp: () => goTo(active - 1),
    PageDown: () => goTo(active + pageRows()),
    PageUp: () => goTo(active - pageRows()),
    Home: () => goTo(0),
    End: () => goTo(shown.length - 1),
    Enter: openDetail,
    " ": openDetail,
  };

  const step = (by) => {
    if (document.activeElement !== $("detail-title")) $("list").focus();
    goTo(active + by);
  };

  const anyKeys = {
    j: () => step(1),
    k: () => step(-1),
    "/": () => {
      $("search").focus();
      $("search").select();
    },
    "?": () => $("help").showModal(),
  };

  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || $("help").open) return;
    const at = event.target;
    let act = null;
    if (at === $("search")) {
      if (event.key === "Enter" || event.key === "ArrowDown") act = () => $("list").focus();
      else if (event.key === "Escape" && at.value === "") act = () => $("list").focus();
    } else if (event.key === "Escape" && open) act = closeDetail;
    else if (at === $("list") && listKeys[event.key]) act = listKeys[event.key];
    else if (keysOn && anyKeys[event.key]) act = anyKeys[event.key];
    if (act === null) return;
    event.preventDefault();
    act();
  };

  const start = () => {
    for (const e of document.querySelectorAll("[data-listed]")) e.hidden = true;
    $("explorer").hidden = false;
    makeFacets();
    let waiting = 0;
    $("search").addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(filter, TYPING_WAIT);
    });
    $("clear").addEventListener("click", () => {
      for (const f of facets) f.chosen.clear();
      $("search").value = "";
      filter();
      $("search").focus();
    });
    let drawing = false;
    $("list").addEventListener("scroll", () => {
      if (drawing) return;
      drawing = true;
      requestAnimationFrame(() => {
        drawing = false;
        draw();
      });
    });
    $("list").addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (!row) return;
      goTo(Number(row.getAttribute("aria-posinset")) - 1);
      openDetail();
    });
    $("detail-close").addEventListener("click", closeDetail);
    $("help-open").addEventListener("click", () => $("help").showModal());
    $("help-close").addEventListener("click", () => $("help").close());
    $("keys-on").addEventListener("change", (event) => {
      keysOn = event.target.checked;
    });
    document.addEventListener("keydown", onKey);
    addEventListener("resize", () => {
      layOut();
      draw();
    });
    filter();
  };

  start();
})();
