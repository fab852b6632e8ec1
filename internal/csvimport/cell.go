package csvimport

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/payreconcile/payreconcile/internal/yamlfile"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// What spreadsheets leave behind instead of values.
var (
	twoWays    = regexp.MustCompile(`^[0-9]{1,3}[.,][0-9]{3}$`)
	scientific = regexp.MustCompile(`^[0-9]([.,][0-9]+)?[eE]\+?[0-9]+$`)
	pointed    = regexp.MustCompile(`([0-9])\.([0-9])`)
)

// trim takes away the spaces around a value.
func trim(text string) string { return strings.Trim(text, " ") }

// formula says that a value is none: a formula, or the error of one.
func formula(text string) *spec.Error {
	switch {
	case text == "":
	case text[0] == '=' || text[0] == '@':
		return &spec.Error{Msg: quote(text) + " is a formula, not a value", Hint: "export values: a formula could show anything to whoever opens the file"}
	case text[0] == '#' && strings.ContainsAny(text[len(text)-1:], "!?") || text == "#N/A":
		return &spec.Error{Msg: quote(text) + " is the error of a formula", Hint: "mend it where the file was made"}
	}
	return nil
}

// paymentID reads the id of a payment.
func paymentID(text string) (spec.PaymentID, error) {
	switch {
	case formula(text) != nil:
		return "", formula(text)
	case scientific.MatchString(text):
		return "", &spec.Error{
			Msg:  quote(text) + " is an id that a spreadsheet has rounded to a number",
			Hint: "export again, with the column formatted as text: the digits are lost here",
		}
	}
	return spec.ParsePaymentID(text)
}

// amount reads an amount with exactly as many decimals as its currency has.
// What could be read in two ways is refused.
func (o *Options) amount(text string, c spec.Currency) (minor int64, negative bool, fault *spec.Error) {
	if fault := formula(text); fault != nil {
		return 0, false, fault
	}
	number, negative := strings.CutPrefix(text, "-")
	if fault := o.shape(text, number); fault != nil {
		return 0, false, fault
	}
	plain := number
	if o.Decimal == ',' {
		plain = strings.ReplaceAll(number, ",", ".")
	}
	m, err := spec.ParseMoney(plain, c)
	if err != nil {
		e := *err.(*spec.Error) //nolint:errorlint,forcetypeassert // ParseMoney says so
		e.Msg = strings.Replace(e.Msg, strconv.Quote(plain), quote(text), 1)
		if o.Decimal == ',' {
			e.Hint = pointed.ReplaceAllString(e.Hint, "$1,$2")
		}
		return 0, false, &e
	}
	return m.Minor, negative, nil
}

// shape refuses what another convention of writing numbers could mean.
func (o *Options) shape(text, number string) *spec.Error {
	fault := func(msg, hint string) *spec.Error {
		return &spec.Error{Msg: "amount " + quote(text) + " " + msg, Hint: hint}
	}
	const grouped = "; separators of thousands are not read: export without them"
	switch {
	case strings.HasSuffix(number, "-"):
		return fault("has its sign behind it", "export the sign in front, as -12.50")
	case o.Decimal == 0 && twoWays.MatchString(number):
		return fault("can be read in two ways", `say what sets decimals apart, by --decimal "," or --decimal "."`+grouped)
	case o.Decimal == 0 && strings.Contains(number, ",") && !strings.Contains(number, "."):
		return fault("has a comma", `write --decimal "," if it sets decimals apart`+grouped)
	case o.Decimal == ',' && strings.Contains(number, "."):
		return fault("has a point, and a comma sets decimals apart here", `write --decimal "." if the point does`+grouped)
	case strings.Contains(number, ","):
		if o.Decimal != ',' {
			return fault("has a comma, and a point sets decimals apart", `write --decimal "," if the comma does`+grouped)
		}
	}
	return nil
}

// quote repeats text in a message, unless it seems to hold a card number.
func quote(text string) string {
	if spec.HasCard(text) {
		return "(text that seems to hold a card number)"
	}
	return yamlfile.Quote(text)
}
