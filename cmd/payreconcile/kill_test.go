package main

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// TestKilled kills an apply, and each resume after it, at random moments, until
// it was killed PAYRECONCILE_KILLS times (20), then resumes it to the end. The
// ledger must show every declared capture, refund and cancel exactly once.
func TestKilled(t *testing.T) {
	t.Parallel()
	kills := 20
	if n, err := strconv.Atoi(os.Getenv("PAYRECONCILE_KILLS")); err == nil {
		kills = n
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	k := newKiller(t, rand.New(rand.NewPCG(seed, 0)))
	for round := 0; k.kills < kills; round++ {
		k.round(t, round, kills)
	}
	t.Logf("killed %d times while it worked", k.kills)
	k.check(t)
}

// roundSize is how many payments one plan of the test declares.
const roundSize = 120

type killer struct {
	sb      *sandbox.Sandbox
	dir     string
	environ []string
	random  *rand.Rand
	kills   int
	rounds  int
}

func newKiller(t *testing.T, random *rand.Rand) *killer {
	t.Helper()
	sb, err := sandbox.New(sandbox.Config{MerchantID: "M", APIKeyID: "K", APISecret: "S"})
	require.NoError(t, err)
	server := httptest.NewServer(sb)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	return &killer{
		sb: sb, dir: dir, random: random,
		environ: append(os.Environ(), "PAYRECONCILE_ENDPOINT="+server.URL, "PAYRECONCILE_MERCHANT_ID=M",
			"PAYRECONCILE_API_KEY_ID=K", "PAYRECONCILE_API_SECRET=S", "PAYRECONCILE_JOURNAL="+filepath.Join(dir, "journal.db")),
	}
}

// id is the i-th payment of a round.
func id(round, i int) string { return fmt.Sprintf("%d_0", 4000000000+round*roundSize+i) }

// round declares new payments, a third each to be captured, voided and
// refunded, and applies them under kills.
func (k *killer) round(t *testing.T, round, kills int) {
	t.Helper()
	var seeds, items strings.Builder
	for i := range roundSize {
		mode, item := "PRE_AUTHORIZATION", "captures: [{ref: a, amount: 3.00}, {ref: b, amount: 4.00}]"
		switch i % 3 {
		case 1:
			item = "cancelled: all"
		case 2:
			mode, item = "SALE", "refunded: 2.50"
		}
		fmt.Fprintf(&seeds, `{"id":%q,"amount":1000,"currency":"EUR","mode":%q}`+"\n", id(round, i), mode)
		fmt.Fprintf(&items, "    - {id: %q, %s}\n", id(round, i), item)
	}
	_, err := k.sb.LoadSeed(strings.NewReader(seeds.String()))
	require.NoError(t, err)
	manifest := filepath.Join(k.dir, fmt.Sprintf("round-%d.yaml", round))
	require.NoError(t, os.WriteFile(manifest, []byte("apiVersion: payreconcile/v1\nkind: Settlement\nmetadata: {name: kill}\nspec:\n  currency: EUR\n  payments:\n"+items.String()), 0o600))
	plan := filepath.Join(k.dir, fmt.Sprintf("round-%d.plan", round))
	code, out := mustRun(t.Context(), t, k.dir, k.environ, "plan", "--out", plan, manifest)
	require.Equal(t, exitOK, code, out)

	apply, resume := []string{"apply", "--auto-approve", plan}, []string{"resume"}
	for args := apply; k.kills < kills; {
		code, out, killed := k.runAndKill(t, args)
		switch {
		case killed:
			k.kills++
			args = resume
			continue
		case strings.Contains(out, "nothing to resume"):
			args = apply // killed before the journal accepted the plan, or after its end
			continue
		case code != exitStalePlan:
			require.Equal(t, exitOK, code, out)
		}
		break
	}
	// What is left is finished without a kill. An apply that was killed before
	// the journal accepted its plan has sent nothing and is called again.
	code, out = mustRun(t.Context(), t, k.dir, k.environ, resume...)
	require.Equal(t, exitOK, code, out)
	if code, out = mustRun(t.Context(), t, k.dir, k.environ, apply...); code != exitStalePlan {
		require.Equal(t, exitOK, code, out)
	}
	code, out = mustRun(t.Context(), t, k.dir, k.environ, "plan", "--detailed-exitcode", manifest)
	require.Equal(t, exitOK, code, out)
	k.rounds++
}

// runAndKill starts a command and kills it after a random time, unless it ends
// before.
func (k *killer) runAndKill(t *testing.T, args []string) (code int, out string, killed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "payreconcile", args...)
	cmd.Dir, cmd.Env = k.dir, k.environ
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Start())
	timer := time.AfterFunc(time.Duration(10+k.random.IntN(250))*time.Millisecond, func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait() // how it ended is in its state
	timer.Stop()
	return cmd.ProcessState.ExitCode(), said.String(), !cmd.ProcessState.Exited()
}

func (k *killer) check(t *testing.T) {
	t.Helper()
	for round := range k.rounds {
		for i := range roundSize {
			book, err := k.sb.LedgerOf(id(round, i))
			require.NoError(t, err)
			switch i % 3 {
			case 0:
				require.Equal(t, 2, book.Count(sandbox.Capture), "%+v", book.Movements)
				require.EqualValues(t, 700, book.Sum(sandbox.Capture))
			case 1:
				require.Equal(t, 1, book.Count(sandbox.Cancel), "%+v", book.Movements)
				require.EqualValues(t, 1000, book.Sum(sandbox.Cancel))
			case 2:
				require.Equal(t, 1, book.Count(sandbox.Refund), "%+v", book.Movements)
				require.EqualValues(t, 250, book.Sum(sandbox.Refund))
			}
		}
	}
}
