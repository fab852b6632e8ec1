package csvimport

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/payreconcile/payreconcile/internal/yamlfile"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// maxMap bounds a map file.
const maxMap = 64 << 10

var mapFields = []string{"as", "columns", "currency", "decimal", "delimiter", "encoding", "header", "negative"}

// LoadMap reads a file that says how exports of one kind are read:
//
//	apiVersion: payreconcile/v1
//	kind: ImportMap
//	spec:
//	  currency: EUR
//	  decimal: ","
//	  columns: {id: PaymentId, capture: Amount, ref: DocumentNo}
//
// All faults are returned together, as spec.Errors.
func LoadMap(name string) (Options, error) {
	data, err := yamlfile.Read(name, maxMap)
	if err != nil {
		return Options{}, err
	}
	return ParseMap(name, data)
}

// ParseMap is LoadMap for the bytes of a file.
func ParseMap(name string, data []byte) (Options, error) {
	f := &yamlfile.File{Name: name}
	o := Options{Columns: Columns{}, As: spec.Items}
	if _, body := f.Document(f.Parse(data), "ImportMap"); body != nil {
		fields := f.Fields(body, "spec", mapFields...)
		for _, field := range mapFields {
			if n := fields[field]; n != nil {
				o.setting(f, field, n)
			}
		}
		if fields != nil && fields["columns"] == nil {
			f.Fault(body, "spec.columns", "is missing", "say which column means what, such as columns: {id: PaymentId}")
		}
	}
	return o, f.Err()
}

func (o *Options) setting(f *yamlfile.File, field string, n *yaml.Node) {
	path := "spec." + field
	if field == "columns" {
		names := targetNames()
		fields := f.Fields(n, path, names...)
		for _, t := range names {
			if v := fields[t]; v != nil {
				if column, ok := f.Text(v, path+"."+t); ok {
					o.Columns[Target(t)] = strings.TrimSpace(column)
				}
			}
		}
		return
	}
	text, ok := f.Text(n, path)
	if !ok {
		return
	}
	if err := o.Set(field, text); err != nil {
		e := err.(*spec.Error) //nolint:errorlint,forcetypeassert // Set says so
		f.Fault(n, path, e.Msg, e.Hint)
	}
}

// Set sets an option from its text in a map file or on a command line. Errors
// are of type *spec.Error.
func (o *Options) Set(field, text string) error {
	possible := map[string][]string{
		"as": {"items", "totals"}, "decimal": {",", "."}, "delimiter": {";", ",", "|", "tab"}, "encoding": Encodings,
		"header": {"true", "false"}, "negative": {"refuse", "refund"},
	}[field]
	if field == "delimiter" && (text == "\t" || text == `\t`) {
		text = "tab"
	}
	if possible != nil && !slices.Contains(possible, text) {
		return &spec.Error{Msg: yamlfile.Quote(text) + " is not possible here", Hint: "possible: " + strings.Join(possible, "   ")}
	}
	switch field {
	case "as":
		o.As = map[string]spec.Mode{"items": spec.Items, "totals": spec.Total}[text]
	case "currency":
		c, err := spec.ParseCurrency(text)
		if err != nil {
			return err
		}
		o.Currency = c
	case "decimal":
		o.Decimal = text[0]
	case "delimiter":
		o.Delimiter = strings.Replace(text, "tab", "\t", 1)[0]
	case "encoding":
		o.Encoding = text
	case "header":
		o.NoHeader = text == "false"
	case "negative":
		o.NegativeRefunds = text == "refund"
	}
	return nil
}
