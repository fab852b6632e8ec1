package sim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

// root is the module's folder.
const root = "../.."

// envSearch is how many seeds are tried for a planted bug that its own do not
// find any more; the file then gets the first that does.
const envSearch = "PAYRECONCILE_PLANTED_SEARCH"

// A planted bug is a change to the program that is compiled only here, to prove
// that the simulation notices. Its file in testdata/planted says what it is,
// which promise it breaks, which seeds find it, and what is replaced by what.
type planted struct {
	path, name, promise string
	seeds               []string
	archive             *txtar.Archive
}

func readPlanted(t *testing.T, path string) planted {
	t.Helper()
	a, err := txtar.ParseFile(path)
	require.NoError(t, err)
	p := planted{path: path, name: strings.TrimSuffix(filepath.Base(path), ".txtar"), archive: a}
	for line := range strings.Lines(string(a.Comment)) {
		if v, ok := strings.CutPrefix(line, "promise:"); ok {
			p.promise = strings.TrimSpace(v)
		}
		if v, ok := strings.CutPrefix(line, "seeds:"); ok {
			p.seeds = strings.Fields(v)
		}
	}
	require.NotEmpty(t, p.promise, path)
	return p
}

// overlay writes the changed files, and what lets the compiler take them. A
// snippet that does not occur exactly once fits the program no more.
func (p planted) overlay(t *testing.T, dir string) string {
	t.Helper()
	replace := map[string]string{}
	files := p.archive.Files
	require.Zero(t, len(files)%2)
	for i := 0; i < len(files); i += 2 {
		name, isOld := strings.CutPrefix(files[i].Name, "old ")
		require.True(t, isOld)
		require.Equal(t, "new "+name, files[i+1].Name)
		source, err := filepath.Abs(filepath.Join(root, name))
		require.NoError(t, err)
		from := source
		if earlier, ok := replace[source]; ok {
			from = earlier
		}
		text, err := os.ReadFile(from)
		require.NoError(t, err)
		old, changed := bytes.TrimSuffix(files[i].Data, []byte("\n")), bytes.TrimSuffix(files[i+1].Data, []byte("\n"))
		require.Equal(t, 1, bytes.Count(text, old), "%s no longer fits %s:\n%s", p.path, name, old)
		replace[source] = filepath.Join(dir, fmt.Sprintf("%d.go", i))
		require.NoError(t, os.WriteFile(replace[source], bytes.Replace(text, old, changed, 1), 0o600))
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	path := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(path, b, 0o600))
	return path
}

// build compiles the simulation, with the bug in it.
func build(t *testing.T, out string, flags ...string) {
	t.Helper()
	args := append([]string{"test", "-c", "-o", out}, flags...)
	cmd := exec.CommandContext(t.Context(), "go", append(args, "./internal/sim")...)
	cmd.Dir = root
	said, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", said)
}

// violation is how the simulation names a promise that was broken.
var violation = regexp.MustCompile(`(?m)^ +(\w+): `)

// finds runs seeds and returns the first at which a promise is broken, and
// which; 0 for none.
func finds(t *testing.T, program string, from, seeds int) (seed int, promise string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "-test.run", "^TestSimulation$")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", envFrom, from), fmt.Sprintf("%s=%d", envSeeds, seeds), envTwice+"=1000000000", envMost+"=1")
	said, err := cmd.CombinedOutput()
	if err == nil {
		return 0, ""
	}
	at := regexp.MustCompile(`: seed (\d+):\n`).FindSubmatchIndex(said)
	require.NotNil(t, at, "%s", said)
	seed, err = strconv.Atoi(string(said[at[2]:at[3]]))
	require.NoError(t, err)
	broken := violation.FindSubmatch(said[at[1]:])
	require.NotNil(t, broken, "%s", said)
	return seed, string(broken[1])
}

// TestPlanted builds the simulation with each bug and replays the seeds that find
// it: each must break its promise, and none does without the bug.
func TestPlanted(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles the simulation once for each bug")
	}
	files, err := filepath.Glob("testdata/planted/*.txtar")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 15)
	sound := filepath.Join(t.TempDir(), "sim.test")
	build(t, sound)
	compiling := make(chan struct{}, max(1, runtime.NumCPU()))
	for _, path := range files {
		p := readPlanted(t, path)
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			compiling <- struct{}{}
			defer func() { <-compiling }()
			program := filepath.Join(t.TempDir(), "sim.test")
			build(t, program, "-overlay", p.overlay(t, t.TempDir()))
			if n := number(t, envSearch, 0); n > 0 {
				p.search(t, program, n)
			}
			require.NotEmpty(t, p.seeds, "no seed finds it: set %s to look for one", envSearch)
			for _, text := range p.seeds {
				seed, err := strconv.Atoi(text)
				require.NoError(t, err)
				at, broken := finds(t, program, seed, 1)
				require.Equal(t, seed, at, "%s is not caught any more: set %s to find another seed", p.name, envSearch)
				require.Equal(t, p.promise, broken)
				at, broken = finds(t, sound, seed, 1)
				require.Zero(t, at, "seed %d breaks %s without the bug", seed, broken)
			}
		})
	}
}

// search looks for a seed unless the ones in the file still find the bug, and
// writes it into the file, with the promise that it breaks.
func (p *planted) search(t *testing.T, program string, seeds int) {
	t.Helper()
	for _, text := range p.seeds {
		seed, err := strconv.Atoi(text)
		require.NoError(t, err)
		if at, broken := finds(t, program, seed, 1); at == seed && broken == p.promise {
			return
		}
	}
	seed, broken := finds(t, program, 1, seeds)
	if seed == 0 {
		t.Logf("none of %d seeds finds it", seeds)
		p.seeds = nil
		return
	}
	p.seeds, p.promise = []string{strconv.Itoa(seed)}, broken
	about, _, _ := strings.Cut(string(p.archive.Comment), "\n")
	p.archive.Comment = fmt.Appendf(nil, "%s\npromise: %s\nseeds: %d\n", about, broken, seed)
	require.NoError(t, os.WriteFile(p.path, txtar.Format(p.archive), 0o600))
	t.Logf("seed %d breaks %s", seed, broken)
}
