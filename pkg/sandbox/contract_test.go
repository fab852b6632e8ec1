package sandbox_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

const (
	isMissing = "PARAMETER_NOT_FOUND_IN_REQUEST"
	isInvalid = "INVALID_VALUE"
)

// A breach is a body that breaks the contract in one place.
type breach struct {
	body     any
	property string
	id       string
}

// TestEveryRequestIsHeldAgainstTheContract sends, to every operation that takes a
// body, one that is right in all that the contract says, and then one for each
// thing that the contract says about any field that it can reach, with that alone
// wrong: one error, that of the field.
func TestEveryRequestIsHeldAgainstTheContract(t *testing.T) {
	t.Parallel()
	s := readContract(t)
	c := start(t)
	operations, breaches := 0, 0
	for _, op := range s.Operations {
		if op.Request == "" {
			continue
		}
		if _, has := c.sb.Requests()[op.ID]; !has {
			continue
		}
		operations++
		path := strings.TrimPrefix(op.Path, "/v2/{merchantId}")
		for _, name := range []string{"{paymentId}", "{uniqueMandateReference}", "{paymentProductId}"} {
			path = strings.ReplaceAll(path, name, "302")
		}
		whole := s.build(op.Request, 0)
		for _, e := range contractErrors(c, path, whole) {
			require.Contains(t, businessRules[op.ID], e, "%s: %s", op.ID, text(whole))
		}
		for _, b := range s.breaches(op.Request, "", 0) {
			breaches++
			errs := contractErrors(c, path, b.body)
			require.Equal(t, []string{b.property + " " + b.id}, errs, "%s: %s", op.ID, text(b.body))
		}
	}
	require.Greater(t, operations, 20)
	require.Greater(t, breaches, 2000)
	t.Logf("%d operations, %d breaches", operations, breaches)
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// contractErrors are the errors of an answer that can stand for a breach of the
// contract, as "property id".
func contractErrors(c client, path string, body any) (errs []string) {
	a, err := c.send(c.request(http.MethodPost, path, text(body)))
	if err != nil {
		panic(err)
	}
	for i := 0; a.at(fmt.Sprintf("errors.%d", i)) != nil; i++ {
		e := fmt.Sprintf("errors.%d.", i)
		if id := a.text(e + "id"); a.status == http.StatusBadRequest && (id == isMissing || id == isInvalid) {
			errs = append(errs, a.text(e+"propertyName")+" "+id)
		}
	}
	return errs
}

// The contract's description of requests, read from the same file as everywhere
// and understood here once more.
type requestContract struct {
	Operations []struct {
		ID      string `json:"operationId"`
		Path    string `json:"path"`
		Request string `json:"requestBody"`
	} `json:"operations"`
	Objects map[string]struct {
		Fields map[string]requestField `json:"fields"`
	} `json:"objects"`
}

type requestField struct {
	Type, Ref       string
	Required        bool
	Items           *requestField
	Constraints     requestRules
	ItemConstraints requestRules
}

type requestRules struct {
	Enum                 []string
	Pattern              string
	MinLength, MaxLength int
	Minimum, Maximum     *int64
	MinItems, MaxItems   int
	UniqueItems          bool
}

// samples match the patterns of the contract.
var samples = map[string]string{
	`^[A-Z]{3}$`: "EUR", `^\d{6,19}$`: "433026", `^[1-9]\d{5}\d{0,13}$`: "4330264936344675",
	`^RF\d{2}[0-9A-Za-z]{1,21}$`: "RF18539007547034", `^((19|20|21)\d{6})?$`: "20300101", `^20\d{6}$`: "20300101",
	`^\d{6}$`: "123456", `^[A-Z]{2}$`: "DE", `^(\d{3,4})?$`: "123", `[A-Za-z0-9]{11}$`: "12345678901", `^(first)$`: "first",
	`^2\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01][0-9]|2[0-3]):[0-5]\d:[0-5]\d(.\d+)?Z$`:  "2030-01-01T10:00:00Z",
	`^(?:[0-9]{11}|[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,})$`:                             "12345678901",
	`^(?:[A-Za-z0-9+\/]{4}){6,7}(?:[A-Za-z0-9+\/]{4}|[A-Za-z0-9+\/]{3}=|[A-Za-z0-9+\/]{2}={2})$`: strings.Repeat("A", 28),
	`^(19[0-9]{2}|20[0-9]{2})(0[1-9]|1[0-2])(0[1-9]|[1-2][0-9]|3[0-1])$`:                         "20300101",
	`^(20\d{10})?$`: "203001011200", `^(\d{2}:\d{2})?$`: "10:00", `^([0-1][0-9]|2[0-3]):[0-5][0-9]$`: "10:00", `^(\d{12})?$`: "123456789012",
	`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$`: "2030-01-01T10:00:00",
	"^-----BEGIN CERTIFICATE REQUEST-----\\n([A-Za-z0-9+/=\\n]+)-----END CERTIFICATE REQUEST-----\\n$": "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
}

// businessRules are what operations refuse, although the contract has nothing
// against it, in a request with the required fields alone.
var businessRules = map[string]string{
	"importCofSeries":             "card " + isMissing, // or a token
	"createCertificate":           "csr " + isInvalid,
	"createHostedCheckout":        "order.amountOfMoney.currencyCode " + isInvalid,
	"createHostedFieldsSession":   "locale " + isInvalid,
	"submitBatch":                 "createPayments " + isMissing,
	"createPaymentLink":           "order " + isMissing,
	"createPayment":               "order.amountOfMoney.currencyCode " + isInvalid,
	"createPayout":                "amountOfMoney " + isMissing,
	"createPaymentProductSession": "paymentProductSession302SpecificInput " + isMissing,
	"getDccRateInquiry":           "transaction.amount.currencyCode " + isInvalid,
	"surchargeCalculation":        "amountOfMoney.currencyCode " + isInvalid,
	"createToken":                 "card " + isMissing,
	"sendTestWebhook":             "url " + isMissing,
}

// deepest is how far below the body breaches are looked for.
const deepest = 4

// build makes an object with its required fields alone.
func (s *requestContract) build(name string, depth int) map[string]any {
	v := map[string]any{}
	for field, f := range s.Objects[name].Fields {
		if f.Required {
			v[field] = s.sample(f, depth+1)
		}
	}
	return v
}

func (s *requestContract) sample(f requestField, depth int) any {
	if f.Type == "list" {
		of := *f.Items
		of.Constraints = f.ItemConstraints
		list := []any{}
		for range max(1, f.Constraints.MinItems) {
			list = append(list, s.sample(of, depth))
		}
		return list
	}
	r := f.Constraints
	switch f.Type {
	case "object":
		return s.build(f.Ref, depth)
	case "bool":
		return true
	case "int32", "int64", "float":
		if r.Minimum != nil {
			return max(*r.Minimum, 1)
		}
		return 1
	case "date":
		return "2030-01-01"
	case "datetime":
		return "2030-01-01T10:00:00Z"
	}
	switch {
	case len(r.Enum) > 0:
		return r.Enum[0]
	case r.Pattern != "":
		return samples[r.Pattern]
	}
	return strings.Repeat("x", max(1, r.MinLength))
}

// breaches returns, for an object on the way at, a body for everything that the
// contract says about its fields and those below.
func (s *requestContract) breaches(name, at string, depth int) (all []breach) {
	for _, field := range slices.Sorted(maps.Keys(s.Objects[name].Fields)) {
		f := s.Objects[name].Fields[field]
		path := at + field
		with := func(value any) map[string]any {
			v := s.build(name, depth)
			v[field] = value
			return v
		}
		if f.Required {
			v := s.build(name, depth)
			delete(v, field)
			all = append(all, breach{v, path, isMissing}, breach{with(nil), path, isMissing})
		}
		for _, wrong := range s.wrongs(f) {
			all = append(all, breach{with(wrong), path, isInvalid})
		}
		of, below := f, path
		if f.Type == "list" {
			of, below = *f.Items, path+"[0]"
			of.Constraints = f.ItemConstraints
			for _, wrong := range s.wrongs(of) {
				all = append(all, breach{with([]any{wrong}), below, isInvalid})
			}
		}
		if of.Type != "object" || depth >= deepest {
			continue
		}
		for _, b := range s.breaches(of.Ref, below+".", depth+1) {
			if f.Type == "list" {
				b.body = []any{b.body}
			}
			b.body = with(b.body)
			all = append(all, b)
		}
	}
	return all
}

// wrongs are values that the contract does not allow for a field, one for each
// thing that it says.
func (s *requestContract) wrongs(f requestField) (all []any) {
	r := f.Constraints
	if f.Type == "list" {
		all = append(all, "x", map[string]any{})
		of := *f.Items
		of.Constraints = f.ItemConstraints
		item := s.sample(of, 1)
		if r.MaxItems > 0 && !r.UniqueItems {
			all = append(all, slices.Repeat([]any{item}, r.MaxItems+1))
		}
		if r.MinItems > 0 {
			all = append(all, []any{})
		}
		if r.UniqueItems {
			all = append(all, []any{item, item})
		}
		return all
	}
	switch f.Type {
	case "object":
		return []any{"x", 1, true, []any{}}
	case "bool":
		return []any{"true", 1, map[string]any{}}
	case "int32":
		all = append(all, "1", json.RawMessage("1.5"), json.RawMessage("1e2"), int64(math.MaxInt32)+1, []any{})
	case "int64":
		all = append(all, "1", json.RawMessage("1.5"), json.RawMessage("9223372036854775808"), true)
	case "float":
		all = append(all, "1", json.RawMessage("1e999"))
	default:
		all = append(all, 1, false, map[string]any{}, []any{})
	}
	if r.Minimum != nil {
		all = append(all, *r.Minimum-1)
	}
	if r.Maximum != nil {
		all = append(all, *r.Maximum+1)
	}
	if r.MaxLength > 0 && f.Type == "string" {
		all = append(all, strings.Repeat("é", r.MaxLength+1))
	}
	if r.MinLength > 0 {
		all = append(all, strings.Repeat("é", r.MinLength-1))
	}
	if len(r.Enum) > 0 {
		all = append(all, r.Enum[0]+"x")
	}
	if r.Pattern != "" || f.Type == "date" || f.Type == "datetime" {
		all = append(all, "?")
	}
	return all
}

// Two faults are two errors, those that are there before those that are not.
func TestOneErrorForEachFault(t *testing.T) {
	t.Parallel()
	c := start(t)
	a := c.post(t, "/payments", `{"order":{"amountOfMoney":{"amount":-1,"currencyCode":"euro"},"references":{"merchantReference":"`+
		strings.Repeat("é", 41)+`"}},"cardPaymentMethodSpecificInput":{"card":{"cardNumber":"123","expiryDate":1230}}}`)
	require.Equal(t, 400, a.status)
	var got []string
	for i := 0; a.at(fmt.Sprintf("errors.%d", i)) != nil; i++ {
		got = append(got, a.text(fmt.Sprintf("errors.%d.propertyName", i)))
	}
	require.Equal(t, []string{
		"order.amountOfMoney.amount", "order.amountOfMoney.currencyCode", "order.references.merchantReference",
		"cardPaymentMethodSpecificInput.card.cardNumber", "cardPaymentMethodSpecificInput.card.expiryDate",
	}, got)
	many := c.post(t, "/merchant-batches", batchOf("b", "CapturePayment", "capturePayments", slices.Repeat([]string{"{}"}, 200)...))
	require.NotNil(t, many.at("errors.49"))
	require.Nil(t, many.at("errors.50"))
}

// Names are matched to the letter, so that a value which nobody has looked at does
// not come in under a name that is nearly right.
func TestNamesAreMatchedToTheLetter(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 800)
	require.Equal(t, 201, c.post(t, path+"/capture", `{"amount":100,"AMOUNT":700,"Amount":-5,"ıamount":1,"isfinal":true}`).status)
	require.Equal(t, int64(100), c.book(t, path).Sum(sandbox.Capture))
	require.Equal(t, 201, c.post(t, path+"/capture", `{"amount":100,"isfinal":"no","unknown":{"amount":[{"}":"\"]"}]}}`).status)
	require.Equal(t, 201, c.post(t, path+"/capture", `{"\u0061mount":7}`).status)
	require.Equal(t, int64(207), c.book(t, path).Sum(sandbox.Capture))
	require.Equal(t, "amount", c.post(t, path+"/capture", `{"\u0061mount":-7}`).text("errors.0.propertyName"))
	require.Equal(t, "order", c.post(t, "/payments", strings.Replace(createBody(5, card(goodNumber, "SALE")), "order", "ORDER", 1)).text("errors.0.propertyName"))

	b := c.sb.Behaviour()
	b.UnknownFields = sandbox.RefuseUnknown
	require.NoError(t, c.sb.SetBehaviour(b))
	a := c.post(t, path+"/capture", `{"amount":100,"operationReferences":{"colour":1}}`)
	require.Equal(t, "400 operationReferences.colour", itoa(a.status)+" "+a.text("errors.0.propertyName"))
}

func readContract(t *testing.T) *requestContract {
	t.Helper()
	s := &requestContract{}
	require.NoError(t, json.Unmarshal(schemaFile(t), s))
	return s
}
