package conformance_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// TestFields compares every type that a method takes or returns, and those of errors,
// with the description: names in Go and on the wire, and kinds of values. Sending
// alone would not tell a field whose name in Go says something else.
func TestFields(t *testing.T) {
	t.Parallel()
	seen := map[reflect.Type]bool{}
	merchant := dial(t, config(record(t))).Merchant(merchantID)
	for i := range api(t).Operations {
		op := &api(t).Operations[i]
		kind := op.at(t, merchant).fn.Type()
		for i := range kind.NumOut() - 1 {
			checkType(t, seen, kind.Out(i).Elem())
		}
		if op.RequestBody != nil {
			checkType(t, seen, kind.In(kind.NumIn()-2).Elem())
		}
	}
	for _, kind := range []reflect.Type{
		reflect.TypeFor[model.APIError](),
		reflect.TypeFor[sdk.ProblemDetailsError]().Field(1).Type,
		reflect.TypeFor[sdk.DeclinedPaymentError]().Field(1).Type.Elem(),
		reflect.TypeFor[sdk.DeclinedPayoutError]().Field(1).Type.Elem(),
		reflect.TypeFor[sdk.DeclinedRefundError]().Field(1).Type.Elem(),
	} {
		checkType(t, seen, kind)
	}
	require.Greater(t, len(seen), 250)
}

func checkType(t *testing.T, seen map[reflect.Type]bool, kind reflect.Type) {
	t.Helper()
	if seen[kind] {
		return
	}
	seen[kind] = true
	fields := api(t).Objects[kind.Name()].Fields
	require.Equal(t, len(fields), kind.NumField(), kind)
	for i := range kind.NumField() {
		f := kind.Field(i)
		wire, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		described, ok := fields[wire]
		require.True(t, ok, "%s.%s: %q is not described", kind, f.Name, wire)
		require.True(t, strings.EqualFold(f.Name, wire), "%s.%s is %q on the wire", kind, f.Name, wire)
		checkValue(t, seen, kind.Name()+"."+f.Name, described, f.Type)
	}
}

// checkValue compares the type of a value with its description.
func checkValue(t *testing.T, seen map[reflect.Type]bool, where string, f field, kind reflect.Type) {
	t.Helper()
	switch f.Type {
	case "list":
		require.Equal(t, reflect.Slice, kind.Kind(), where)
		checkValue(t, seen, where+"[]", *f.Items, kind.Elem())
		return
	case "int64":
		require.Equal(t, reflect.Pointer, kind.Kind(), "%s: a missing amount would be zero", where)
	}
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	want := map[string]reflect.Kind{
		"object": reflect.Struct, "string": reflect.String, "date": reflect.String, "datetime": reflect.String,
		"float": reflect.String, "int32": reflect.Int32, "int64": reflect.Int64, "bool": reflect.Bool,
	}[f.Type]
	require.Equal(t, want, kind.Kind(), where)
	if f.Type == "object" {
		require.Equal(t, f.Ref, kind.Name(), where)
		checkType(t, seen, kind)
	}
}
