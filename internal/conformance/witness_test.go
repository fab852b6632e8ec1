package conformance_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// A witness makes every call twice, with the vendor's client and with the SDK, at
// one server, and keeps what differed.
type witness struct {
	rec        *recorder
	node       *node
	client     *sdk.Client
	methods    map[string]string // the vendor's name of each operation that it has
	seen       map[string]int    // how often each difference was met
	unknown    map[string]bool   // fields that the vendor's client does not take
	operations []*operation
}

// TestWitness is one test because the calls share one process of Node.js. Without
// the environment variable that make conformance sets, it does not run.
func TestWitness(t *testing.T) {
	if os.Getenv("PAYRECONCILE_CONFORMANCE") == "" {
		t.Skip("run make conformance, which installs the vendor's client")
	}
	w := &witness{rec: record(t), node: startNode(t), methods: map[string]string{}, seen: map[string]int{}, unknown: map[string]bool{}}
	w.configure(t, nil)
	w.findMethods(t)
	for _, part := range []struct {
		name string
		run  func(*witness, *testing.T, *operation)
	}{
		{"bodies", (*witness).bodies},
		{"queries", (*witness).queries},
		{"ids", (*witness).ids},
		{"headers", (*witness).headers},
		{"answers", (*witness).answers},
		{"errors", (*witness).errors},
		{"odd answers", (*witness).oddAnswers},
		{"odd calls", (*witness).oddCalls},
		{"fields", (*witness).fields},
	} {
		t.Run(part.name, func(t *testing.T) {
			for _, op := range w.operations {
				t.Run(op.ID, func(t *testing.T) { part.run(w, t, op) })
			}
		})
	}
	t.Run("examples", w.examples)
	t.Run("shopping cart extension", w.extension)
	for _, name := range slices.Sorted(maps.Keys(w.seen)) {
		t.Logf("%5d times: %s", w.seen[name], name)
	}
	if !t.Failed() {
		w.complete(t)
	}
}

// complete fails for differences that are listed and were not met.
func (w *witness) complete(t *testing.T) {
	t.Helper()
	for _, d := range differences {
		require.NotZero(t, w.seen[d.name], "%q is listed and was not met", d.name)
	}
	require.Equal(t, unknownToVendor, slices.Sorted(maps.Keys(w.unknown)))
}

// differs records a difference, which has to be listed.
func (w *witness) differs(t *testing.T, name, format string, args ...any) {
	t.Helper()
	if !slices.ContainsFunc(differences, func(d difference) bool { return d.name == name }) {
		t.Errorf(name+": "+format, args...)
	}
	w.seen[name]++
}

// configure makes new clients of both kinds.
func (w *witness) configure(t *testing.T, extension *model.ShoppingCartExtension) {
	t.Helper()
	endpoint, err := url.Parse(w.rec.server.URL)
	require.NoError(t, err)
	var made struct{ Version string }
	vendors := map[string]any{
		"host": endpoint.Hostname(), "port": json.Number(endpoint.Port()), "scheme": "http",
		"apiKeyId": keyID, "secretApiKey": secret, "integrator": "Conformance",
	}
	cfg := config(w.rec)
	if extension != nil {
		vendors["shoppingCartExtension"], cfg.ShoppingCartExtension = extension, extension
	}
	w.node.do(t, map[string]any{"do": "configure", "config": vendors}, &made)
	require.Equal(t, vendorVersion, made.Version)
	w.client = dial(t, cfg)
}

// findMethods finds out which operations the vendor's client has.
func (w *witness) findMethods(t *testing.T) {
	t.Helper()
	var got struct{ Methods []string }
	w.node.do(t, map[string]any{"do": "methods"}, &got)
	operations := api(t).Operations
	var without []string
	for i := range operations {
		op := &operations[i]
		j := slices.IndexFunc(got.Methods, func(name string) bool { return strings.EqualFold(name, op.ID) })
		if j < 0 {
			without = append(without, op.ID)
			continue
		}
		w.methods[op.ID] = got.Methods[j]
		w.operations = append(w.operations, op)
	}
	slices.Sort(without)
	require.Equal(t, withoutWitness, without)
	require.Equal(t, len(got.Methods), len(w.operations), "an operation of the vendor's client is not described")
}
