package sandbox

// A product is a way of paying that the sandbox offers.
type product struct {
	id    int32
	label string
}

// allProducts are in the order of their ids.
var allProducts = []product{
	{1, "Visa"},
	{2, "American Express"},
	{3, "Mastercard"},
	{56, "UPI"},
	{117, "Maestro"},
	{125, "JCB"},
	{128, "Discover"},
	{130, "Cartes Bancaires"},
	{132, "Diners Club"},
	{302, "Apple Pay"},
	{320, "Google Pay"},
	{350, "Swish"},
	{771, "SEPA Direct Debit"},
	{809, "iDEAL"},
	{840, "PayPal"},
	{3012, "Bancontact"},
	{3103, "Cado"},
	{3112, "Illicado"},
	{3116, "Spirit of Cadeau"},
	{3124, "Przelewy24"},
	{3203, "PostFinance Pay"},
	{3301, "Klarna Pay Now"},
	{3302, "Klarna Pay Later"},
	{3306, "Klarna Pay with Klarna"},
	{3307, "Klarna Financing"},
	{5001, "Bizum"},
	{5100, "CPay"},
	{5111, "Oney 3x"},
	{5112, "Oney 4x"},
	{5125, "Oney"},
	{5127, "Oney"},
	{5129, "Cofidis"},
	{5131, "Sofinco"},
	{5133, "Cetelem"},
	{5402, "Mealvouchers"},
	{5403, "Chèque-Vacances Connect"},
	{5404, "WeChat Pay"},
	{5405, "Alipay+"},
	{5406, "EPS"},
	{5407, "TWINT"},
	{5408, "Bank transfer"},
	{5500, "Multibanco"},
	{5600, "Oney gift card"},
	{5601, "Cadhoc"},
	{5700, "Intersolve"},
	{5908, "MB WAY"},
}

// productOfCard returns the product that the first digits of a card stand for,
// or 0.
func productOfCard(number string) int32 {
	if len(number) < 6 {
		return 0
	}
	n, ok := digits(number[:6])
	if !ok {
		return 0
	}
	for _, r := range [...]struct {
		from, to uint64
		product  int32
	}{
		{222100, 272099, 3},
		{300000, 305999, 132},
		{340000, 349999, 2},
		{352800, 358999, 125},
		{360000, 369999, 132},
		{370000, 379999, 2},
		{380000, 399999, 132},
		{400000, 499999, 1},
		{500000, 509999, 117},
		{510000, 559999, 3},
		{560000, 589999, 117},
		{601100, 601199, 128},
		{630000, 639999, 117},
		{644000, 659999, 128},
		{670000, 679999, 117},
	} {
		if r.from <= n && n <= r.to {
			return r.product
		}
	}
	return 0
}
