//go:build unix

package browser_test

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// plan visits a page and waits until its own script is through.
func (b *tab) plan(url string) {
	b.t.Helper()
	b.visit(url)
	b.element("body[data-ready]")
}

// press clicks what could stand behind the controls, which stay in sight.
func (b *tab) press(css string) {
	b.t.Helper()
	b.script(`document.querySelector("` + css + `").scrollIntoView({block: "center"})`)
	b.click(css)
}

// choose picks an option of a select by its text.
func (b *tab) choose(id, option string) {
	b.t.Helper()
	b.script(`const s = document.getElementById("` + id + `"), o = [...s.options].find((o) => o.textContent === "` + option + `");
		s.value = o.value; s.dispatchEvent(new Event("input", {bubbles: true}))`)
}

// becomes waits until an element has a text, or begins with it where it ends
// with an ellipsis.
func (b *tab) becomes(css, want string) {
	b.t.Helper()
	got := ""
	for end := time.Now().Add(patience / 3); time.Now().Before(end); {
		got = b.script(`return document.querySelector("` + css + `").textContent`).(string)
		if begin, cut := strings.CutSuffix(want, "…"); got == want || (cut && strings.HasPrefix(got, begin)) {
			return
		}
	}
	require.Equal(b.t, want, got, css)
}

// column returns the text of a column of a table.
func (b *tab) column(css string) []string {
	b.t.Helper()
	return strings.Split(b.script(`return [...document.querySelectorAll("`+css+`")].map((e) => e.textContent).join("\n")`).(string), "\n")
}

// count returns how many actions of a plan are such.
func (p planned) count(t *testing.T, such func(*plan.Entry, plan.Action) bool) (n int) {
	for e, err := range p.entries() {
		require.NoError(t, err)
		for _, a := range e.Content.Actions {
			if such(e, a) {
				n++
			}
		}
	}
	return n
}

// final reports that a call cannot be taken back.
func final(a plan.Action) bool { return a.Undo == plan.UndoNone }

func TestAPlanIsReadFilteredAndSorted(t *testing.T) {
	b := open(t)
	b.clock(noon.Add(time.Hour))
	p := deniedDay(t)
	b.plan(p.page(t, render.HTMLOptions{}))
	require.Equal(t, "Plan "+p.footer.PlanID[:12]+" for live, merchant shop-eu", b.title())
	require.Contains(t, b.read("header"), "LIVE: real money moves")
	require.Contains(t, b.read(".signs"), "2\napprovals needed")
	require.Equal(t, "600", b.text(http.MethodGet, b.element(".mark")+"/css/font-weight", nil), "the style is allowed")
	require.Zero(t, b.count("#expired:not([hidden])"))
	require.Zero(t, b.script("return performance.getEntriesByType('resource').length"), "nothing is loaded")

	const rows, says = "#final tbody tr", "#final .pager span"
	require.Equal(t, "Rows 1 to 50 of 87", b.read(says))
	b.press("#final .pager button:nth-of-type(3)")
	require.Equal(t, "Rows 51 to 87 of 87", b.read(says))
	require.Equal(t, 37, b.count(rows))
	b.choose("size", "200")
	b.becomes(says, "All 87 rows")

	b.press("#final th[data-by=amount] button")
	require.Equal(t, "ascending", b.text(http.MethodGet, b.element("#final th[data-by=amount]")+"/attribute/aria-sort", nil))
	b.press("#final th[data-by=amount] button")
	amounts := b.column("#final tbody td.amount")
	require.Contains(t, amounts[0], " JPY", "a currency is never sorted into another")
	require.Contains(t, amounts[len(amounts)-1], " EUR")
	largest := ""
	for _, a := range amounts {
		if strings.HasSuffix(a, " EUR") {
			largest = a
			break
		}
	}
	require.Equal(t, "4372.20 EUR", largest)
	b.enter("#final th[data-by=amount] button", "\ue007") // the enter key
	require.Equal(t, "3066177125_0", b.column("#final tbody th")[0], "as in the plan")

	b.enter("#q", "DAMAGED in transit")
	n := p.count(t, func(_ *plan.Entry, a plan.Action) bool { return a.Note == "damaged in transit" })
	b.becomes("#found", fmt.Sprintf("%d of 242 rows match: text “DAMAGED in transit”.", n))
	require.Equal(t, fmt.Sprintf("Rows 1 to %d of %[1]d that match, of 87 in all", n), b.read(says))
	require.Equal(t, "No row matches, of 2", b.read("#blocked .pager span"))
	b.clear("#q")
	b.becomes(says, "All 87 rows")

	require.Equal(t, "true", b.text(http.MethodGet, b.element("#least")+"/attribute/disabled", nil))
	b.choose("currency", "GBP")
	n = p.count(t, func(e *plan.Entry, a plan.Action) bool { return e.Content.Currency == "GBP" && final(a) })
	b.becomes(says, fmt.Sprintf("Rows 1 to %d of %[1]d that match, of 87 in all", n))
	b.choose("sheet", "Calls that cannot be taken back")
	b.enter("#least", "50.5")
	n = p.count(t, func(e *plan.Entry, a plan.Action) bool {
		return e.Content.Currency == "GBP" && final(a) && a.Amount >= 5050
	})
	b.becomes("#found", fmt.Sprintf("%d of 242 rows match: Calls that cannot be taken back, GBP, at least 50.5 GBP.", n))
	b.enter("#least", "01")
	b.becomes("#found", "The least amount is no amount in GBP: write digits and at most 2 decimals behind a point.…")
	b.press("#controls button[type=reset]")
	b.becomes(says, "Rows 1 to 50 of 87")
	b.choose("op", "cancels")
	n = p.count(t, func(_ *plan.Entry, a plan.Action) bool { return a.Kind == plan.Cancel })
	b.becomes(says, fmt.Sprintf("Rows 1 to %d of %[1]d that match, of 87 in all", n))
	b.choose("sheet", "Blocked")
	b.becomes("#found", "0 of 242 rows match: Blocked, cancels.")
	require.Zero(t, b.count("section#final:not([hidden])"))

	b.clock(noon.Add(24 * time.Hour))
	b.plan(b.url())
	require.Contains(t, b.read("#expired"), "Expired.")
}

// Without JavaScript the page shows the same, but for what it counts.
func TestAPlanWithoutJavaScript(t *testing.T) {
	with, without := open(t), openWith(t, map[string]any{"profile.managed_default_content_settings.javascript": 2})
	url := deniedDay(t).page(t, render.HTMLOptions{Rows: 20})
	with.clock(noon)
	with.plan(url)
	without.visit(url)
	require.Zero(t, without.count("body[data-ready]"), "the script did not run")
	require.Zero(t, without.count("#controls:not([hidden])"))
	for _, css := range []string{"header", "main > section:nth-of-type(1)", "main > section:nth-of-type(5)", "#denied", "#in-doubt tbody", "#blocked tbody", "#final tbody", "#captures tbody", "#waiting tbody"} {
		want := without.read(css)
		require.NotEmpty(t, want, css)
		require.Equal(t, want, with.read(css), css)
	}
	require.Equal(t, 20, without.count("#final tbody tr"))
	require.Equal(t, "67 more in this table: switch JavaScript on, or run payreconcile show --format csv.", without.read("#final .more"))
	require.Empty(t, without.read("#declared tbody"), "folded")
	without.click("#declared summary")
	require.Contains(t, without.read("#declared tbody"), "captured ")
}

func TestNothingOfAPlanRuns(t *testing.T) {
	b := open(t)
	b.clock(noon)
	b.plan(hostileDay(t).page(t, render.HTMLOptions{}))
	for _, do := range []func(){
		func() {}, func() { b.press("#final .pager button:nth-of-type(4)") }, func() { b.press("#final th[data-by=reference] button") },
		func() { b.enter("#q", "</SCRIPT><img src=x onerror=window.owned=1>") },
		func() {
			b.becomes("#found", "0 of 120 rows match: text “</SCRIPT><img src=x onerror=window.owned=1>”.")
		},
	} {
		do()
		require.Nil(t, b.script("return window.owned === undefined ? null : 'it ran'"))
		require.Equal(t, []any{2.0, 0.0}, b.script("return [document.scripts.length, document.images.length]"))
	}
}

// What is printed says which plan it is on every sheet, and how many rows of
// how many there are.
func TestAPlanOnPaper(t *testing.T) {
	b := open(t)
	b.clock(noon)
	p := deniedDay(t)
	b.plan(p.page(t, render.HTMLOptions{}))
	paper := b.print()
	require.True(t, bytes.HasPrefix(paper, []byte("%PDF")))
	totext, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed")
	}
	file := filepath.Join(t.TempDir(), "plan.pdf")
	require.NoError(t, os.WriteFile(file, paper, 0o600))
	out, err := exec.CommandContext(t.Context(), totext, "-layout", file, "-").Output()
	require.NoError(t, err)
	sheets := strings.Split(strings.TrimSuffix(string(out), "\f"), "\f")
	require.Greater(t, len(sheets), 5)
	for i, sheet := range sheets {
		require.Contains(t, sheet, "Plan "+p.footer.PlanID[:12]+" for live, merchant shop-eu", "sheet %d", i+1)
	}
	require.Contains(t, string(out), "Rows 1 to 50 of 87")
	require.NotContains(t, string(out), "Rows at once")
	heads := 0
	for _, sheet := range sheets {
		heads += strings.Count(sheet, "Declared in")
	}
	require.Greater(t, heads, 6+1, "heads are repeated on the next sheet")
}

// A plan of 100,000 payments opens, and is searched and sorted in one piece.
// How long that takes is logged.
func TestALargePlan(t *testing.T) {
	b := open(t)
	b.clock(noon)
	const n = 100_000
	p := written(t, header(), shopDay(n), nil)
	began := time.Now()
	url := p.page(t, render.HTMLOptions{})
	info, err := os.Stat(strings.TrimPrefix(url, "file://"))
	require.NoError(t, err)
	t.Logf("written in %v: %.1f MB", time.Since(began).Round(time.Millisecond), float64(info.Size())/1e6)
	timed := func(what string, do func()) {
		began := time.Now()
		do()
		t.Logf("%s in %v", what, time.Since(began).Round(time.Millisecond))
	}
	timed("opened", func() { b.plan(url) })
	require.Contains(t, b.read("#h-payments"), "100,000 payments")
	timed("last page", func() { b.press("#captures .pager button:nth-of-type(4)") })
	timed("sorted by reference", func() { b.press("#captures th[data-by=reference] button") })
	timed("searched", func() {
		b.enter("#q", "order-400478")
		b.becomes("#found", "1 of "+b.script(`return JSON.parse(document.getElementById("data").textContent).rows.length.toLocaleString("en-US")`).(string)+
			" rows match: text “order-400478”.")
	})
}

// The pictures of docs/plan-page.md are taken into the folder that
// PAYRECONCILE_SCREENSHOTS names.
func TestPicturesOfAPlan(t *testing.T) {
	folder := os.Getenv("PAYRECONCILE_SCREENSHOTS")
	if folder == "" {
		t.Skip("PAYRECONCILE_SCREENSHOTS names no folder")
	}
	b := open(t)
	b.clock(noon)
	b.plan(deniedDay(t).page(t, render.HTMLOptions{}))
	b.do(http.MethodPost, "/window/rect", map[string]int{"width": 1120, "height": 1840})
	shot := b.screenshot()
	keep(t, filepath.Join(folder, "plan-page.png"), shot)
	paper := filepath.Join(t.TempDir(), "plan")
	require.NoError(t, os.WriteFile(paper+".pdf", b.print(), 0o600))
	out, err := exec.CommandContext(t.Context(), "pdftoppm", "-png", "-r", "100", "-singlefile", paper+".pdf", paper).CombinedOutput()
	require.NoError(t, err, "%s", out)
	sheet, err := os.ReadFile(paper + ".png")
	require.NoError(t, err)
	keep(t, filepath.Join(folder, "plan-page-print.png"), sheet)
}

// keep writes a picture that is fit to be kept.
func keep(t *testing.T, path string, picture []byte) {
	t.Helper()
	_, err := png.Decode(bytes.NewReader(picture))
	require.NoError(t, err)
	require.Less(t, len(picture), 300_000, path)
	require.NoError(t, os.WriteFile(path, picture, 0o644))
}
