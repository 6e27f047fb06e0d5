#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Drives HTML reports in headless Chromium: sorting, filtering, hovering, theme, keyboard; no console error, no request.

    browser_test.py SNNVP OUTPUT_FOLDER

Screenshots stay in OUTPUT_FOLDER.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    print("SKIPPED: python3-selenium is not installed")
    sys.exit(0)
if not shutil.which("chromium") or not shutil.which("chromedriver"):
    print("SKIPPED: chromium or its driver is not installed")
    sys.exit(0)

SNNVP = sys.argv[1]
OUT = pathlib.Path(sys.argv[2])
OUT.mkdir(parents=True, exist_ok=True)


def snnvp(*arguments):
    done = subprocess.run([SNNVP, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)


def browser():
    options = webdriver.ChromeOptions()
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,1600", "--disable-background-networking", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)


def cpu_seconds(root):
    """Of a process and everything below it."""
    children, ticks = {}, {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(stat.parent.name)
        children.setdefault(int(fields[1]), []).append(pid)
        ticks[pid] = int(fields[11]) + int(fields[12])
    total, queue = 0, [root]
    while queue:
        pid = queue.pop()
        total += ticks.get(pid, 0)
        queue += children.get(pid, [])
    return total / os.sysconf("SC_CLK_TCK")


def open_page(driver, path):
    """Seconds until the page is loaded and drawn. On a machine that does other work, the browser's own processor time if that is less."""
    before, start = cpu_seconds(driver.service.process.pid), time.monotonic()
    driver.get(path.resolve().as_uri())
    driver.execute_async_script("const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))")
    return min(time.monotonic() - start, cpu_seconds(driver.service.process.pid) - before)


def check_quiet(driver):
    """Nothing on the console, and nothing asked for but the file itself."""
    bad = [entry for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    assert not bad, bad
    urls = set()
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            urls.add(message["params"]["request"]["url"])
    outside = [u for u in urls if not u.startswith(("file:", "data:", "chrome:", "about:"))]
    assert not outside and len([u for u in urls if u.startswith("file:")]) <= 1, urls


def column(driver, table, index):
    return driver.execute_script(
        "return [...document.getElementById(arguments[0]).tBodies[0].rows].filter(r => !r.hidden).map(r => r.cells[arguments[1]].textContent)", table, index)


def heads(driver, table):
    return [h.text for h in driver.find_elements(By.CSS_SELECTOR, f"#{table} thead th")]


def number(text):
    return float(text.replace(",", ""))


def check_run(driver):
    snnvp("run", "scenarios/product_sparsity.yaml", "--out", OUT / "run", "--quiet")
    snnvp("report", OUT / "run")
    page = OUT / "run" / "report.html"
    assert page.stat().st_size < 2e6
    open_page(driver, page)
    report = json.loads((OUT / "run" / "report.json").read_text())
    assert column(driver, "layer-table", 0) == [layer["name"] for layer in report["layers"]]
    cycles = heads(driver, "layer-table").index("cycles")
    button = driver.find_elements(By.CSS_SELECTOR, "#layer-table thead th button")[cycles]
    button.click()
    values = [number(v) for v in column(driver, "layer-table", cycles)]
    assert values == sorted(layer["cycles"] for layer in report["layers"]), values
    button.send_keys(Keys.ENTER)  # by keyboard: the other way round
    assert [number(v) for v in column(driver, "layer-table", cycles)] == values[::-1]
    assert driver.find_elements(By.CSS_SELECTOR, "#layer-table thead th")[cycles].get_attribute("aria-sort") == "descending"
    field = driver.find_element(By.CSS_SELECTOR, "input[data-filters=layer-table]")
    field.send_keys("lif")
    assert sorted(column(driver, "layer-table", 0)) == ["lif_1", "lif_2", "lif_3"]
    assert driver.find_element(By.ID, "layer-table-shown").text == "3 shown"
    field.send_keys(Keys.BACKSPACE * 3)
    # Hovering a bar shows what it stands for.
    canvas = driver.find_element(By.ID, "cycles")
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
    x, y = driver.execute_script(
        "const c = Chart.getChart('cycles'), p = c.getDatasetMeta(0).data[0].getCenterPoint(), r = c.canvas.getBoundingClientRect(); return [r.x + p.x, r.y + p.y]")
    driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y})
    driver.execute_script("return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    tooltip = "return Chart.getChart('cycles').tooltip.opacity > 0 ? Chart.getChart('cycles').tooltip.title : []"
    assert driver.execute_script(tooltip) == [report["layers"][0]["name"]], driver.execute_script(tooltip)
    for chart in ("cycles", "roofline", "energy-blocks", "energy-events"):
        assert driver.execute_script("return !!Chart.getChart(arguments[0])", chart), chart
    driver.save_screenshot(str(OUT / "run_light.png"))
    background = "return getComputedStyle(document.body).backgroundColor"
    light = driver.execute_script(background)
    driver.find_element(By.ID, "theme").click()
    assert driver.execute_script(background) != light
    assert driver.find_element(By.ID, "theme").get_attribute("aria-pressed") == "true"
    driver.save_screenshot(str(OUT / "run_dark.png"))
    check_quiet(driver)


def map_titles(driver, figure):
    return driver.execute_script("return [...document.querySelectorAll(`#${arguments[0]} title`)].map(t => t.textContent)", figure)


def check_views(driver):
    """Over time, raster, heat maps and timeline, each from the files of a run."""
    snnvp("run", "scenarios/quickstart.yaml", "--out", OUT / "views", "--quiet", "--set", "run.windows=100", "--set", "run.record.spikes=[lif1, lif3]", "--set", "workload.samples=4")
    snnvp("report", OUT / "views")
    page = OUT / "views" / "report.html"
    assert page.stat().st_size < 2e6
    open_page(driver, page)
    for chart in ("time-use", "time-traffic", "time-power", "cycles", "energy-blocks"):
        shown = driver.execute_script("const c = Chart.getChart(arguments[0]); return c ? c.data.datasets.map(d => [d.label, d.data.length]) : null", chart)
        assert shown, chart
        if chart.startswith("time-"):
            assert len({n for _, n in shown}) == 1 and 50 <= shown[0][1] <= 100, (chart, shown)
    assert "bus" in [label for label, _ in driver.execute_script("return Chart.getChart('time-use').data.datasets.map(d => [d.label, 0])")]
    # A dot per recorded spike.
    report = json.loads((OUT / "views" / "report.json").read_text())
    for i, layer in enumerate(report["recorded"]):
        dots = driver.execute_script("return (document.querySelector(`#raster-${arguments[0]} path.spikes`).getAttribute('d').match(/M/g) || []).length", i)
        assert dots == layer["spikes"], (layer, dots)
    assert [a.text for a in driver.find_elements(By.CSS_SELECTOR, "nav a")] == ["What to look at", "Layers", "Over time", "Spikes", "Energy", "Blocks", "Provenance"]
    driver.save_screenshot(str(OUT / "views_top.png"))
    driver.execute_script("document.getElementById('time').scrollIntoView()")
    driver.save_screenshot(str(OUT / "views_time.png"))
    driver.find_element(By.ID, "theme").click()
    driver.execute_script("document.getElementById('raster').scrollIntoView()")
    driver.save_screenshot(str(OUT / "views_raster_dark.png"))
    # On paper: white, every constant unfolded, no buttons.
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert driver.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not driver.find_element(By.ID, "theme").is_displayed()
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    check_quiet(driver)

    snnvp("run", "scenarios/papers/mesh_uniform.yaml", "--out", OUT / "mesh", "--quiet")
    snnvp("report", OUT / "mesh")
    open_page(driver, OUT / "mesh" / "report.html")
    links = (OUT / "mesh" / "links.csv").read_text().splitlines()[1:]
    titles = map_titles(driver, "map-mesh")
    assert len(titles) == len(links), (len(titles), len(links))
    busiest = max(links, key=lambda line: float(line.split(",")[4]) if line.split(",")[2] != "local" else 0).split(",")
    assert any(t.startswith(f"router ({busiest[0]}, {busiest[1]}) {busiest[2]}: {float(busiest[4]):.4f}") for t in titles)
    driver.execute_script("document.getElementById('map-mesh').scrollIntoView()")
    driver.save_screenshot(str(OUT / "mesh.png"))
    check_quiet(driver)

    snnvp("run", "scenarios/thermal_stack.yaml", "--out", OUT / "heat", "--quiet", "--set", "run.windows=20")
    # Firmware tells what ran when; here as its section would.
    report = json.loads((OUT / "heat" / "report.json").read_text())
    report["firmware"] = {"timeline": [{"lane": "cpu", "begin_ps": 0, "end_ps": 4000, "what": "boot <1>"}, {"lane": "pu", "begin_ps": 4000, "end_ps": 10000, "what": "job"}]}
    (OUT / "heat" / "report.json").write_text(json.dumps(report))
    snnvp("report", OUT / "heat")
    open_page(driver, OUT / "heat" / "report.html")
    cells = sum(len(line.split(",")) for line in (OUT / "heat" / "thermal_tier0.csv").read_text().splitlines())
    assert len(map_titles(driver, "map-tier0")) == cells and len(map_titles(driver, "map-tier1")) == cells
    assert map_titles(driver, "map-timeline") == ["cpu: boot <1>, 0 s to 4.00 ns", "pu: job, 4.00 ns to 10.0 ns"], map_titles(driver, "map-timeline")
    driver.execute_script("document.getElementById('maps').scrollIntoView()")
    driver.save_screenshot(str(OUT / "heat.png"))
    check_quiet(driver)


def check_sweep(driver):
    """Ten thousand points: as files of a sweep, written here."""
    folder = OUT / "sweep"
    folder.mkdir(exist_ok=True)
    n = 10_000
    rows, front, least = [], [], float("inf")
    for i in range(n):
        cycles, energy = 1000 + (i * 7919) % 10007, 5 + ((i * 104729) % 9973) / 1000
        rows.append((cycles, energy, f"{i},0,1,ok,,{i % 100},{i // 100},{cycles},{energy}"))
    for cycles, energy, row in sorted(rows):
        if energy < least:
            least = energy
            front.append(row)
    head = "point,replica,seed,status,reason,platform.blocks.pu.params.a,platform.blocks.pu.params.b,totals.cycles,totals.energy_mj\n"
    (folder / "plan.json").write_text(json.dumps({
        "name": "many", "metrics": ["totals.cycles", "totals.energy_mj"],
        "pareto": [{"metric": "totals.cycles", "better": "smaller"}, {"metric": "totals.energy_mj", "better": "smaller"}]}))
    (folder / "sweep.csv").write_text(head + "".join(r[2] + "\n" for r in rows))
    (folder / "pareto.csv").write_text(head + "".join(f + "\n" for f in front))
    snnvp("report", folder)
    page = folder / "report.html"
    assert page.stat().st_size < 10e6
    seconds = min(open_page(driver, page) for _ in range(3))
    print(f"10,000 points open in {seconds:.2f} s, {page.stat().st_size / 1e6:.1f} MB")
    assert seconds < 2, seconds
    assert len(column(driver, "points", 0)) == 200
    cycles = heads(driver, "points").index("totals.cycles")
    driver.find_elements(By.CSS_SELECTOR, "#points thead th button")[cycles].click()
    assert number(column(driver, "points", cycles)[0]) == min(r[0] for r in rows)
    assert [number(v) for v in column(driver, "points", cycles)] == sorted(r[0] for r in rows)[:200]
    driver.find_element(By.CSS_SELECTOR, "input[data-filters=points]").send_keys("9999")
    hits = [r[2] for r in rows if all(w in r[2].replace(",", " ").lower() for w in ["9999"])]
    assert len(column(driver, "points", 0)) == min(200, len(hits))
    shown = driver.execute_script("return Chart.getChart('cloud').data.datasets.map(d => d.data.length)")
    assert shown == [len(front), n - len(front)], shown
    driver.execute_script("const s = document.getElementById('axis-x'); s.value = 5; s.dispatchEvent(new Event('change'))")
    assert driver.execute_script("return Chart.getChart('cloud').options.scales.x.title.text").endswith("params.a")
    driver.save_screenshot(str(OUT / "sweep.png"))
    check_quiet(driver)


def main():
    driver = browser()
    try:
        check_run(driver)
        check_views(driver)
        check_sweep(driver)
    finally:
        driver.quit()
    print("ok")


main()
