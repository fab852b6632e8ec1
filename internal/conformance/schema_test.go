package conformance_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// A schema is the description of the API, as far as these tests read it.
type schema struct {
	Objects    map[string]object `json:"objects"`
	Operations []operation       `json:"operations"`
}

type object struct {
	Fields map[string]field `json:"fields"`
}

type field struct {
	Type        string `json:"type"`
	Ref         string `json:"ref"`
	Items       *field `json:"items"`
	Required    bool   `json:"required"`
	Constraints struct {
		Enum    []string `json:"enum"`
		Minimum *int64   `json:"minimum"`
		Maximum *int64   `json:"maximum"`
	} `json:"constraints"`
}

type operation struct {
	ID         string      `json:"operationId"`
	Group      string      `json:"group"`
	Method     string      `json:"method"`
	Path       string      `json:"path"`
	PathParams []pathParam `json:"pathParams"`
	Query      *struct {
		Params []queryParam `json:"params"`
	} `json:"query"`
	RequestBody      *string            `json:"requestBody"`
	SuccessResponse  *string            `json:"successResponse"`
	Responses        map[string]*string `json:"responses"`
	GzipRequest      bool               `json:"gzipRequest"`
	ServerIdempotent bool               `json:"serverIdempotent"`
}

type pathParam struct {
	Name       string `json:"name"`
	Type       string `json:"type"`
	FromClient bool   `json:"fromClient"`
}

type queryParam struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Required bool   `json:"required"`
}

// readSchema reads the description once; nobody changes what it returns.
var readSchema = sync.OnceValues(func() (*schema, error) {
	data, err := os.ReadFile(filepath.Join("..", "gen", "schema.json"))
	if err != nil {
		return nil, err
	}
	s := &schema{}
	return s, json.Unmarshal(data, s)
})

func api(t testing.TB) *schema {
	t.Helper()
	s, err := readSchema()
	require.NoError(t, err)
	require.Len(t, s.Operations, 51)
	return s
}

// ids returns the parameters of the path that a caller gives to the method.
func (op *operation) ids() []pathParam {
	var out []pathParam
	for _, p := range op.PathParams {
		if !p.FromClient {
			out = append(out, p)
		}
	}
	return out
}

func (op *operation) params() []queryParam {
	if op.Query == nil {
		return nil
	}
	return op.Query.Params
}

// fill returns the operation's path with the merchant and the ids, each written by
// escape.
func (op *operation) fill(escape func(string) string, merchant string, ids []string) string {
	path := strings.Replace(op.Path, "{merchantId}", escape(merchant), 1)
	for i, p := range op.ids() {
		path = strings.Replace(path, "{"+p.Name+"}", escape(ids[i]), 1)
	}
	return path
}

// errorType returns the documented body of a status from 400 on; those that the
// description does not list have the operation's usual one.
func (op *operation) errorType(status string) string {
	if name := op.Responses[status]; name != nil {
		return *name
	}
	for _, status := range []string{"400", "404"} {
		if name := op.Responses[status]; name != nil {
			return *name
		}
	}
	return "ErrorResponse"
}

// named returns the schema type of a wire path below an object, such as
// "order.customer.locale", as "Customer.locale".
func (s *schema) named(root, path string) string {
	name := root
	steps := strings.Split(path, ".")
	for i, step := range steps {
		if i == len(steps)-1 {
			return name + "." + step
		}
		f := s.Objects[name].Fields[step]
		if name = f.Ref; f.Items != nil {
			name = f.Items.Ref
		}
	}
	return name
}
