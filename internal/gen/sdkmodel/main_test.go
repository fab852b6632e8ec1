package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

const (
	schemaPath = "../schema.json"
	wordsPath  = "../words.yaml"
	sdkPath    = "../../../pkg/sdk"
)

// TestGeneratedCodeIsCurrent fails when somebody edits the schema, the generator or
// a generated file and forgets go generate ./pkg/sdk.
func TestGeneratedCodeIsCurrent(t *testing.T) {
	t.Parallel()
	require.NoError(t, run(schemaPath, wordsPath, sdkPath, true))
}

func TestCheckFindsEveryKindOfStaleFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	small := filepath.Join(dir, "schema.json")
	require.NoError(t, os.WriteFile(small, []byte(`{"objects":{"A":{"fields":{"id":{"type":"string"}}}},
		"operations":[{"operationId":"getA","group":"captures","method":"GET","path":"/v2/{merchantId}/a","pathParams":[{"name":"merchantId","type":"string","fromClient":true}],"successResponse":"A"}]}`), 0o644))
	text := filepath.Join(dir, "words.yaml")
	require.NoError(t, os.WriteFile(text, []byte("{services: {captures: does it.}, operations: {getA: gets it.}, objects: {A: {doc: is it.}}}"), 0o644))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "model"), 0o755))
	require.NoError(t, run(small, text, dir, false))
	require.NoError(t, run(small, text, dir, true))

	change := filepath.Join(dir, "model", "captures_gen.go")
	data, err := os.ReadFile(change)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(change, append(data, '\n'), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "model", "old_gen.go"), nil, 0o644))
	require.NoError(t, os.Remove(filepath.Join(dir, "operations_gen.go")))
	err = run(small, text, dir, true)
	for _, name := range []string{"captures_gen.go is not current", "old_gen.go is left over", "operations_gen.go is not current"} {
		require.ErrorContains(t, err, name)
	}
	require.NoError(t, run(small, text, dir, false))
	require.NoError(t, run(small, text, dir, true))
}

func load(t *testing.T) (*schema, *words) {
	t.Helper()
	data, err := os.ReadFile(schemaPath)
	require.NoError(t, err)
	s, err := parseSchema(data)
	require.NoError(t, err)
	data, err = os.ReadFile(wordsPath)
	require.NoError(t, err)
	w, err := parseWords(data, s)
	require.NoError(t, err)
	return s, w
}

func TestGenerateIsDeterministic(t *testing.T) {
	t.Parallel()
	first, err := generate(load(t))
	require.NoError(t, err)
	again, err := generate(load(t))
	require.NoError(t, err)
	require.True(t, maps.EqualFunc(first, again, bytes.Equal))
}

// TestNothingIsLost reads the generated code as text: every object and every wire
// name of the schema has to be there, spelled exactly.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	s, w := load(t)
	files, err := generate(s, w)
	require.NoError(t, err)
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasPrefix(name, "model/") {
			all.Write(files[name])
		}
	}
	structs := regexp.MustCompile(`(?ms)^type (\w+) struct \{\n(.*?)^\}`)
	tags := regexp.MustCompile("`json:\"(\\w+)(?:,omitempty)?\"`")
	got := map[string][]string{}
	for _, m := range structs.FindAllStringSubmatch(all.String(), -1) {
		got[m[1]] = nil
		for _, tag := range tags.FindAllStringSubmatch(m[2], -1) {
			got[m[1]] = append(got[m[1]], tag[1])
		}
	}
	want := map[string][]string{}
	for name, o := range s.Objects {
		want[name] = slices.Sorted(maps.Keys(o.Fields))
	}
	require.Len(t, got, 341)
	require.Empty(t, cmp.Diff(want, got))
	require.Equal(t, 51, strings.Count(string(files["operations_gen.go"]), "[]string{"))
	require.NotContains(t, all.String(), "float")
}

func TestNames(t *testing.T) {
	t.Parallel()
	for wire, want := range map[string]string{
		"id": "ID", "merchantId": "MerchantID", "webhooksUrls": "WebhooksURLs", "ipAddress": "IPAddress", "redirectURL": "RedirectURL",
		"RETURNMAC": "ReturnMAC", "GTSComputedToken": "GTSComputedToken", "JavaScriptSdkFlow": "JavaScriptSdkFlow", "Operations": "Operations",
		"paymentProduct5001SpecificInput":          "PaymentProduct5001SpecificInput",
		"subsequentcardPaymentMethodSpecificInput": "SubsequentcardPaymentMethodSpecificInput",
		"validationIdentity":                       "ValidationIdentity",
		"isClickToPayPayment":                      "IsClickToPayPayment",
	} {
		require.Equal(t, want, goName(wire))
	}
	for value, want := range map[string]string{
		"PENDING_CAPTURE": "PendingCapture", "e-ticket": "ETicket", "createWithConsent": "CreateWithConsent", "a": "A", "1": "1",
		"PENDING_CONNECT_OR_3RD_PARTY": "PendingConnectOr3rdParty", "other-status (includes more)": "OtherStatus", "Mr": "Mr",
	} {
		require.Equal(t, want, valueName(value))
	}
}

func TestFieldTypes(t *testing.T) {
	t.Parallel()
	str, obj := field{Type: "string"}, field{Type: "object", Ref: "Card"}
	for name, tt := range map[string]struct {
		field field
		enum  string
		typ   string
		omit  bool
	}{
		"optional text":        {field{Type: "string"}, "", "*string", true},
		"required text":        {field{Type: "string", Required: true}, "", "string", true},
		"optional enumeration": {field{Type: "string"}, "Status", "*Status", true},
		"required enumeration": {field{Type: "string", Required: true}, "Status", "Status", true},
		"optional amount":      {field{Type: "int64"}, "", "*int64", true},
		"required amount":      {field{Type: "int64", Required: true}, "", "*int64", true},
		"optional number":      {field{Type: "int32"}, "", "*int32", true},
		"required number":      {field{Type: "int32", Required: true}, "", "int32", false},
		"required flag":        {field{Type: "bool", Required: true}, "", "bool", false},
		"required rate":        {field{Type: "float", Required: true}, "", "*Decimal", true},
		"moment":               {field{Type: "datetime"}, "", "*DateTime", true},
		"day":                  {field{Type: "date"}, "", "*Date", true},
		"object":               {obj, "", "*Card", true},
		"list of objects":      {field{Type: "list", Items: &obj}, "", "[]Card", true},
		"map of texts":         {field{Type: "map", Items: &str}, "", "map[string]string", true},
	} {
		typ, omit := fieldType(tt.field, tt.enum)
		require.Equal(t, tt.typ, typ, name)
		require.Equal(t, tt.omit, omit, name)
	}
}

func TestFieldDoc(t *testing.T) {
	t.Parallel()
	n := func(i int64) *int64 { return &i }
	for name, tt := range map[string]struct {
		field field
		want  []string
	}{
		"bare":                   {field{}, nil},
		"a length":               {field{Constraints: &constraints{MaxLength: n(40)}}, []string{"At most 40 characters."}},
		"a required range":       {field{Required: true, Constraints: &constraints{Minimum: "0", Maximum: "999999999999"}}, []string{"Required.", "From 0 to 999999999999."}},
		"items":                  {field{Constraints: &constraints{MinItems: n(1), MaxItems: n(5)}, ItemConstraints: &constraints{MaxLength: n(325)}}, []string{"1 to 5 items.", "Each item: At most 325 characters."}},
		"a default":              {field{Constraints: &constraints{Default: json.RawMessage(`"x"`)}}, []string{"Default: x."}},
		"replaced":               {field{Deprecated: true, DeprecatedBy: "acquiredAmount"}, []string{"Deprecated: use acquiredAmount instead."}},
		"deprecated with limits": {field{Deprecated: true, DeprecatedBy: "none", Constraints: &constraints{MinLength: n(1), MaxLength: n(2)}}, []string{"1 to 2 characters.", "", "Deprecated: there is no replacement."}},
	} {
		require.Empty(t, cmp.Diff(tt.want, fieldDoc(tt.field, false, "")), name)
	}
}

func TestSchemaIsChecked(t *testing.T) {
	t.Parallel()
	const op = `"operations":[{"operationId":"a","successResponse":"A"}]`
	for name, text := range map[string]string{
		"no JSON":           `{`,
		"nothing in it":     `{}`,
		"an unknown type":   `{"objects":{"A":{"fields":{"x":{"type":"float128"}}}},` + op + `}`,
		"a dangling object": `{"objects":{"A":{"fields":{"x":{"type":"object","ref":"B"}}}},` + op + `}`,
		"a list of lists":   `{"objects":{"A":{"fields":{"x":{"type":"list","items":{"type":"list"}}}}},` + op + `}`,
		"a list of nothing": `{"objects":{"A":{"fields":{"x":{"type":"list"}}}},` + op + `}`,
		"a dangling answer": `{"objects":{"B":{"fields":{}}},` + op + `}`,
	} {
		_, err := parseSchema([]byte(text))
		require.Error(t, err, name)
	}
}

func TestNamesThatMeetAreRefused(t *testing.T) {
	t.Parallel()
	for name, objects := range map[string]map[string]object{
		"two fields": {"A": {Fields: map[string]field{"redirectUrl": {Type: "string"}, "redirectURL": {Type: "string"}}}},
		"an enumeration and an object": {
			"A":       {Fields: map[string]field{"status": {Type: "string", Constraints: &constraints{Enum: []string{"X"}}}}},
			"AStatus": {Fields: map[string]field{}},
		},
		"two values": {"A": {Fields: map[string]field{"status": {Type: "string", Constraints: &constraints{Enum: []string{"A_B", "a-B"}}}}}},
	} {
		_, err := generate(&schema{Objects: objects}, &words{})
		require.ErrorContains(t, err, "name", name)
	}
}

func TestWordsFitTheSchema(t *testing.T) {
	t.Parallel()
	s := &schema{
		Objects:    map[string]object{"A": {Fields: map[string]field{"x": {Type: "string"}}}},
		Operations: []operation{{ID: "getA", Group: "as", Query: &queryType{Type: "GetAParams", Params: []queryParam{{Name: "hide", Type: "string"}}}}},
	}
	const good = "services: {as: a.}\noperations: {getA: b.}\n"
	_, err := parseWords([]byte(good+"objects: {A: {doc: c., fields: {x: d.}}}\nparams: {GetAParams: {hide: e.}}"), s)
	require.NoError(t, err)
	for text, want := range map[string]string{
		"services: [":                     "read words",
		good:                              "object A has none",
		good + "objects: {A: {doc: ' '}}": "object A has none",
		good + "objects: {A: {doc: c.}, B: {doc: c.}}":                     "no object B",
		good + "objects: {A: {doc: c., fields: {y: d.}}}":                  "A has no field y",
		good + "objects: {A: {doc: c.}}\nparams: {P: {}}":                  "no parameters P",
		good + "objects: {A: {doc: c.}}\nparams: {GetAParams: {show: e.}}": "no parameter show",
		good + "objects: {A: {doc: c.}}\nwords: {}":                        "not found in type",
		"operations: {getA: b.}\nobjects: {A: {doc: c.}}":                  "service as has none",
	} {
		_, err := parseWords([]byte(text), s)
		require.ErrorContains(t, err, want, text)
	}
}

func TestComment(t *testing.T) {
	t.Parallel()
	got := comment("one two three\nfour\n\nfive\n- an item that is longer than the line\n\tcode stays\nsix\n", 13)
	want := []string{"one two three", "four", "", "five", "- an item that is longer than the line", "\tcode stays", "six"}
	require.Empty(t, cmp.Diff(want, got))
}

// TestListsOfOperations keeps the lists that are written by hand true to the schema.
func TestListsOfOperations(t *testing.T) {
	t.Parallel()
	s, _ := load(t)
	byID := map[string]operation{}
	for _, op := range s.Operations {
		byID[op.ID] = op
	}
	for id := range readOnly {
		require.Equal(t, "POST", byID[id].Method, id)
		require.False(t, byID[id].Idempotent, id)
	}
	for id := range emptyBody {
		require.NotNil(t, byID[id].Request, id)
	}
}

func TestPlacesInThePathAreChecked(t *testing.T) {
	t.Parallel()
	for path, ok := range map[string]bool{"/{a}/x/{b}": true, "/{b}/x/{a}": false, "/{a}": false, "/{a}/{b}/{c}": false} {
		err := operation{Path: path, PathParams: []pathParam{{Name: "a"}, {Name: "b"}}}.checkPath()
		require.Equal(t, ok, err == nil, path)
	}
}
