"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const light = ["#0b63ce", "#c4420f", "#1a7f37", "#8431b0", "#8a6100", "#00747a", "#b3266b", "#5a636e"];
  const night = ["#6cb2ff", "#ff9a6b", "#6fdd8b", "#d79bf5", "#e8c060", "#5fd7dd", "#ff94c2", "#aab4c0"];
  const drawn = [];
  const whole = { min: data.start, max: data.end };
  let view = { ...whole };
  let setting = false;

  const short = (value) => {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    if (size >= 1e9) return (value / 1e9).toFixed(2) + " G";
    if (size >= 1e6) return (value / 1e6).toFixed(2) + " M";
    if (size >= 1e4) return (value / 1e3).toFixed(1) + " k";
    return size >= 100 ? value.toFixed(0) : size >= 1 ? value.toFixed(1) : value.toPrecision(2);
  };
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const show = (min, max) => {
    view = { min: Math.max(min, whole.min), max: Math.min(max, whole.max) };
    if (view.max - view.min < 2) view.max = view.min + 2;
    setting = true;
    for (const one of drawn) if (one.time) one.chart.setScale("x", view);
    setting = false;
    const zoomed = view.min > whole.min || view.max < whole.max;
    document.getElementById("shown").textContent = zoomed
      ? `${clock(view.min)} to ${clock(view.max)}` : "the whole campaign";
    document.documentElement.dataset.zoomed = zoomed;
  };
  const two = (number) => String(number).padStart(2, "0");
  const clock = (seconds, step = 1) => {
    const at = new Date(seconds * 1000);
    const day = whole.max - whole.min > 86400 ? `${at.getMonth() + 1}-${two(at.getDate())} ` : "";
    return `${day}${two(at.getHours())}:${two(at.getMinutes())}` + (step < 60 ? ":" + two(at.getSeconds()) : "");
  };

  const axis = (scale, unit, side, colour) => ({
    scale, side, stroke: colour || style("--faint"), grid: { stroke: style("--line"), width: 1 },
    ticks: { stroke: style("--line"), size: 4 }, size: 66,
    values: (_, ticks) => ticks.map((tick) => (
      tick === null ? "" : short(tick).replace(/(\.\d*?)0+(?=\D|$)/, "$1").replace(/\.(?=\D|$)/, "") + (unit ? " " + unit : "")
    )),
  });

  const build = (figure, chart) => {
    const holder = figure.querySelector(".chart");
    holder.textContent = "";
    const colours = dark.matches ? night : light;
    const units = [...new Set(chart.series.map((one) => one.unit))].slice(0, 2);
    const scale = (unit) => "y" + Math.max(units.indexOf(unit), 0);
    const points = chart.points === true;
    const options = {
      width: Math.max(holder.clientWidth, 200), height: 230, padding: [null, units.length > 1 ? null : 28, null, null],
      cursor: { sync: chart.time ? { key: "time" } : undefined, drag: { x: chart.time, y: false } },
      scales: { x: { time: chart.time, range: chart.time ? () => [view.min, view.max] : undefined } },
      axes: [{
        stroke: style("--faint"), grid: { stroke: style("--line"), width: 1 }, ticks: { stroke: style("--line"), size: 4 },
        size: 30, ...(chart.time ? { space: 70, values: (_, ticks, at, space, step) => ticks.map((tick) => clock(tick, step)) } : {}),
      }],
      series: [{
        label: chart.time ? "time" : chart.x,
        value: (_, value) => (value === null || value === undefined ? "" : chart.time ? clock(value) : short(value)),
      }],
      hooks: {
        setCursor: [(self) => self.root.classList.toggle("live", self.cursor.idx !== null && self.cursor.left >= 0)],
        setScale: [(self, key) => {
          if (key !== "x" || setting || !chart.time) return;
          show(self.scales.x.min, self.scales.x.max);
        }],
      },
    };
    if (chart.time) {
      options.scales.x.range = (self, min, max) => (min === null ? [view.min, view.max] : [min, max]);
    }
    units.forEach((unit, at) => {
      const alone = chart.series.map((one, place) => [one, place]).filter(([one]) => one.unit === unit);
      const colour = units.length > 1 && alone.length === 1 ? colours[alone[0][1] % colours.length] : undefined;
      options.scales[scale(unit)] = { range: (_, min, max) => [0, max > 0 ? max * 1.08 : 1] };
      options.axes.push({ ...axis(scale(unit), unit, at ? 1 : 3, colour), grid: { show: at === 0, stroke: style("--line"), width: 1 } });
    });
    chart.series.forEach((one, at) => options.series.push({
      label: one.name, scale: scale(one.unit), stroke: colours[at % colours.length], width: 1.5,
      dash: [undefined, [6, 4], [2, 3], [10, 3, 2, 3]][Math.floor(at / colours.length) % 4],
      fill: one.area ? colours[at % colours.length] + "22" : undefined,
      paths: points && one.dots ? () => null : undefined, points: { show: points && one.dots ? true : undefined, size: 7 },
      value: (_, value) => short(value) + (one.unit && value !== null && value !== undefined ? " " + one.unit : ""),
    }));
    const tables = chart.series.map((one) => [data.times[one.x], one.y]);
    const joined = tables.length === 1 ? tables[0] : uPlot.join(tables);
    const made = new uPlot(options, joined, holder);
    if (chart.time) made.over.addEventListener("dblclick", () => show(whole.min, whole.max));
    return made;
  };

  const keys = (event, chart) => {
    const span = view.max - view.min;
    const step = { ArrowLeft: -0.2, ArrowRight: 0.2 }[event.key];
    if (!chart.time) return;
    if (step !== undefined) {
      const by = Math.max(Math.min(step * span, whole.max - view.max), whole.min - view.min);
      show(view.min + by, view.max + by);
    } else if (event.key === "+" || event.key === "=") show(view.min + span / 4, view.max - span / 4);
    else if (event.key === "-") show(view.min - span / 2, view.max + span / 2);
    else if (event.key === "Escape" || event.key === "0") show(whole.min, whole.max);
    else return;
    event.preventDefault();
  };

  for (const chart of data.charts) {
    const place = document.querySelector(`.charts[data-part=${chart.part}]`);
    const figure = document.createElement("figure");
    figure.tabIndex = 0;
    figure.setAttribute("role", "group");
    figure.setAttribute("aria-label", `${chart.title}: ${chart.summary}`);
    const caption = document.createElement("figcaption");
    caption.textContent = chart.title;
    const holder = document.createElement("div");
    holder.className = "chart";
    if (chart.series.length > 12) figure.className = "wide";
    figure.append(caption, holder);
    place.append(figure);
    const one = { figure, time: chart.time, chart: build(figure, chart) };
    drawn.push(one);
    figure.addEventListener("keydown", (event) => keys(event, chart));
    dark.addEventListener("change", () => {
      one.chart.destroy();
      one.chart = build(figure, chart);
    });
    new ResizeObserver(() => {
      const width = Math.max(holder.clientWidth, 200);
      if (Math.abs(width - one.chart.width) > 1) one.chart.setSize({ width, height: 230 });
    }).observe(figure);
  }
  document.getElementById("zone").textContent = Intl.DateTimeFormat().resolvedOptions().timeZone || "this machine's zone";
  document.getElementById("all").addEventListener("click", () => show(whole.min, whole.max));
  show(whole.min, whole.max);
  document.documentElement.dataset.ready = "true";
})();
