package documents_test

// unseen lists, by the reason why, the faults of pkg/spec/testdata/faults.txt
// that no schema shows: case and path.
var unseen = map[string][]string{
	"to an editor 80, 80.0 and 80.00 are one number": {
		"an amount without its decimals | spec.payments[0].captured",
		"an amount with too few decimals | spec.payments[0].captured",
		"an amount with too many decimals | spec.payments[0].captured",
		"an exponent | spec.payments[0].captured",
		"hexadecimal | spec.payments[0].captured",
		"an octal | spec.payments[0].captured",
		"a repeated payment counts even if its first entry has a fault | spec.payments[0].captured",
		"no kind | spec.payments[0].captured",
		"control totals that cannot be read | spec.expect.payments",
		"control totals that cannot be read | spec.expect.captures",
	},
	"the largest amount and the decimals depend on the currency, which may stand elsewhere": {
		"an amount above the largest | spec.payments[0].captured",
		"another currency | spec.payments[0].captured",
		"decimals where the currency has none | spec.payments[0].captured",
		"two decimals where the currency has three | spec.payments[0].captured",
		"several documents | spec.payments[1].captured",
	},
	"an id without quotes is a number to an editor, which rounds it": {
		"the id of an operation | spec.payments[1].id",
		"ids that are none | spec.payments[4].id",
		"nor kept | spec.payments[0].id",
	},
	"a schema does not compare the items of a list": {
		"a payment in three spellings | spec.payments[1].id",
		"a payment in three spellings | spec.payments[2].id",
		"a repeated payment counts even if its first entry has a fault | spec.payments[1].id",
		"a ref used twice | spec.payments[0].captures[1].ref",
		"final, but not last | spec.payments[0].captures[1]",
		"operations that cannot be adopted | spec.payments[0].captures[1].operation",
	},
	"a schema does not look into another document": {
		"several documents | spec.payments[0].id",
	},
	"a schema does not compare values": {
		"refs that cannot be | spec.payments[0].captures[0].ref",
		"operations that cannot be adopted | spec.payments[0].captures[2].operation",
		"operations that cannot be adopted | spec.payments[0].refunds[0].operation",
	},
	"a schema does not add up": {
		"more captured and cancelled than authorized | spec.payments[0]",
		"more refunded than captured | spec.payments[0].refunded",
		"more refunded than captured | spec.payments[1].refunds",
		"more refunded than captured | spec.payments[2].refunded",
		"more refunded than authorized | spec.payments[0].refunded",
		"control totals that differ | spec.expect.payments",
		"control totals that differ | spec.expect.captures",
		"control totals that differ | spec.expect.refunds",
		"control totals behind the payments | spec.expect.payments",
		"control totals behind the payments | spec.expect.captures",
		"control totals that cannot be read | spec.expect.refunds",
		"a control total over all | spec.expect.captures",
		"a control total over two currencies | spec.expect.captures",
		"a control total in one of two currencies | spec.expect.captures",
	},
	"a pattern cannot tell a card number by its check digit": {
		"nor kept | spec.payments[1].refunds[0].reason",
	},
	"an editor resolves anchors, aliases, tags and merge keys before it looks at the schema": {
		"an anchor, an alias, a tag, a merge key | spec.payments[0].captured",
		"an anchor, an alias, a tag, a merge key | spec.payments[1].captured",
		"an anchor, an alias, a tag, a merge key | spec.payments[2]",
		"an anchor, an alias, a tag, a merge key | spec.payments[3]",
		"an anchor, an alias, a tag, a merge key | spec.payments[4].captured",
	},
	"the keys of an object have no order": {
		"keys behind the payments that belong before them | spec.payments[0].currency",
		"keys behind the payments that belong before them | spec.currency",
		"keys behind the payments that belong before them | spec.merchantId",
		"keys behind the payments that belong before them | metadata",
		"keys behind the payments that belong before them | apiVersion",
		"keys behind the payments in a document on one line | spec.payments[0].currency",
		"keys behind the payments in a document on one line | spec.currency",
		"keys behind the payments in a document on one line | apiVersion",
	},
	"there is no value to look at": {
		"nothing | ",
		"only comments | ",
	},
	"what is not YAML is shown as that, and nothing behind it is read": {
		"a tab | spec.payments[1].captured",
		"a missing quote | spec.payments[2].captured",
		"a missing brace | spec.payments[1].captured",
		"sums mean nothing when a payment has a fault, but the count does | spec.expect.payments",
		"sums mean nothing when a payment has a fault, but the count does | spec.payments[0].captured",
	},
}
