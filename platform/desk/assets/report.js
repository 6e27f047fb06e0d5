/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting, filtering, theme and charts of a report. The tables stand in the page; without this script they are just not interactive. */
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const data = JSON.parse(document.getElementById("data").textContent);
  const charts = [];

  // ---- theme
  const style = name => getComputedStyle(root).getPropertyValue(name).trim();
  const palette = () => root.dataset.theme === "dark" ? ["#7ab7ff", "#ffb86b", "#6fd3a7", "#e58fb1", "#c3a6ff", "#d7ce78", "#8fd7e8", "#b9b9b9"]
                                                      : ["#0b57a4", "#c96a00", "#1c7c54", "#a8366b", "#6542a6", "#857300", "#1d7f92", "#666666"];
  const setTheme = theme => {
    root.dataset.theme = theme;
    document.getElementById("theme").setAttribute("aria-pressed", String(theme === "dark"));
    for (const draw of charts) draw();
  };
  document.getElementById("theme").addEventListener("click", () => setTheme(root.dataset.theme === "dark" ? "light" : "dark"));

  // ---- tables: a button in each head sorts, a field filters
  const number = cell => cell.dataset.v !== undefined && cell.dataset.v !== "" ? Number(cell.dataset.v) : NaN;
  const compareCells = (a, b) => {
    const x = number(a), y = number(b);
    if (!Number.isNaN(x) || !Number.isNaN(y)) return Number.isNaN(x) ? 1 : Number.isNaN(y) ? -1 : x - y;
    return a.textContent.localeCompare(b.textContent);
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
    heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach(h => h.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      if (table.dispatchEvent(new CustomEvent("sortby", {cancelable: true, detail: {column, down}})))
        [...body.rows].map((row, i) => [row, i]).sort((a, b) => (down ? -1 : 1) * compareCells(a[0].cells[column], b[0].cells[column]) || a[1] - b[1])
          .forEach(([row]) => body.append(row));
    }));
  }
  for (const field of document.querySelectorAll("input[data-filters]")) {
    const table = document.getElementById(field.dataset.filters), shown = document.getElementById(field.dataset.filters + "-shown");
    field.addEventListener("input", () => {
      if (!table.dispatchEvent(new CustomEvent("filterby", {cancelable: true, detail: field.value}))) return;
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let n = 0;
      for (const row of table.tBodies[0].rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every(w => text.includes(w));
        n += !row.hidden;
      }
      if (shown) shown.textContent = n + " shown";
    });
  }

  // ---- charts
  const addChart = (id, make) => {
    const canvas = document.getElementById(id);
    if (!canvas || typeof Chart === "undefined") return;
    let chart;
    charts.push(() => {
      if (chart) chart.destroy();
      Chart.defaults.color = style("--fg");
      Chart.defaults.borderColor = style("--line");
      Chart.defaults.animation = false;
      Chart.defaults.maintainAspectRatio = false;
      chart = new Chart(canvas, make(palette()));
    });
  };
  // Very large and very small ticks in powers of ten.
  const tick = v => v !== 0 && (Math.abs(v) >= 1e6 || Math.abs(v) < 1e-3) ? v.toExponential(1) : v.toLocaleString("en");
  const axis = (text, more) => ({title: {display: true, text}, ticks: {callback: tick, maxRotation: 0, autoSkipPadding: 12}, ...more});

  const bars = spec => colours => ({
    type: "bar",
    data: {labels: spec.labels, datasets: spec.series.map((s, i) => ({label: s.name, data: s.values, backgroundColor: colours[i % colours.length]}))},
    options: {indexAxis: "y", scales: {x: axis(spec.unit, {stacked: true}), y: {stacked: true, ticks: {autoSkip: spec.labels.length > 60}}}}
  });
  const points = spec => colours => ({
    type: "scatter",
    data: {datasets: spec.series.map((s, i) => ({label: s.name, data: s.points, backgroundColor: colours[i % colours.length], showLine: !!s.line, borderColor: colours[i % colours.length],
                                                 pointRadius: s.line ? 3 : 4, normalized: true}))},
    options: {
      scales: {x: axis(spec.x, {type: spec.log ? "logarithmic" : "linear"}), y: axis(spec.y, {type: spec.log ? "logarithmic" : "linear"})},
      plugins: {tooltip: {callbacks: {label: item => (item.raw.t ? item.raw.t + ": " : "") + item.parsed.x.toPrecision(5) + ", " + item.parsed.y.toPrecision(5)}}}
    }
  });
  const lines = spec => colours => ({
    type: "line",
    data: {labels: spec.labels, datasets: spec.series.map((s, i) => ({label: s.name, data: s.values, borderColor: colours[i % colours.length], pointRadius: 0, borderWidth: 1.5}))},
    options: {scales: {x: {title: {display: true, text: spec.x}, ticks: {maxRotation: 0, autoSkipPadding: 12}}, y: axis(spec.unit, {beginAtZero: true})}}
  });
  for (const [id, spec] of Object.entries(data.charts || {})) addChart(id, {bars, points, lines}[spec.type](spec));

  // ---- a sweep: all points in the data, the rows on the page are those that are looked at
  if (data.sweep) {
    const {columns, rows, front} = data.sweep, onFront = new Set(front), most = 200;
    const table = document.getElementById("points"), body = table.tBodies[0], shown = document.getElementById("points-shown");
    const texts = rows.map(r => r.join(" ").toLowerCase());
    let order = rows.map((_, i) => i), query = [];
    const show = () => {
      const hits = query.length ? order.filter(i => query.every(w => texts[i].includes(w))) : order;
      body.replaceChildren(...hits.slice(0, most).map(i => {
        const tr = document.createElement("tr");
        if (onFront.has(i)) tr.className = "ok";
        rows[i].forEach((v, c) => {
          const td = document.createElement("td");
          td.textContent = v === null ? "" : typeof v === "number" && !Number.isInteger(v) ? Number(v.toPrecision(6)) : v;
          if (typeof v === "string") td.className = "text";
          tr.append(td);
        });
        return tr;
      }));
      shown.textContent = Math.min(most, hits.length) + " of " + hits.length + " shown";
    };
    table.addEventListener("sortby", e => {
      e.preventDefault();
      const {column: c, down} = e.detail, missing = v => v === null || v === "";
      order.sort((a, b) => {
        const x = rows[a][c], y = rows[b][c];
        if (missing(x) || missing(y)) return missing(x) - missing(y) || a - b;
        const d = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en", {numeric: true});
        return (down ? -d : d) || a - b;
      });
      show();
    });
    table.addEventListener("filterby", e => {
      e.preventDefault();
      query = e.detail.toLowerCase().split(/\s+/).filter(Boolean);
      show();
    });
    const x = document.getElementById("axis-x"), y = document.getElementById("axis-y");
    const isNumber = c => rows.some(r => typeof r[c] === "number");
    columns.forEach((name, c) => { if (isNumber(c)) for (const s of [x, y]) s.add(new Option(name, c)); });
    x.value = data.sweep.x;
    y.value = data.sweep.y;
    const label = i => data.sweep.settings.map(c => columns[c].split(".").pop() + "=" + rows[i][c]).join(" ");
    const cloud = keep => rows.map((r, i) => [r, i]).filter(([r, i]) => keep(i) && typeof r[x.value] === "number" && typeof r[y.value] === "number")
      .map(([r, i]) => ({x: r[x.value], y: r[y.value], t: label(i)}));
    addChart("cloud", colours => points({x: columns[x.value], y: columns[y.value], series: [
      {name: "on the front", points: cloud(i => onFront.has(i)).sort((a, b) => a.x - b.x), line: front.length > 1 && Number(x.value) === data.sweep.x && Number(y.value) === data.sweep.y},
      {name: "other points", points: cloud(i => !onFront.has(i))}]})(colours));
    const redraw = () => charts.forEach(draw => draw());
    x.addEventListener("change", redraw);
    y.addEventListener("change", redraw);
  }

  setTheme(window.matchMedia && matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
})();
