package sandbox

// A method is the way of paying that a product belongs to.
type method uint8

const (
	byCard method = iota
	byMobile
	byRedirect
	bySepa
)

var methodNames = [...]string{"card", "mobile", "redirect", "sepaDirectDebit"}

// defaultProducts are the products of a payment that names none.
var defaultProducts = [...]int32{byCard: 1, byMobile: 302, byRedirect: 840, bySepa: 771}

var methodOf = map[int32]method{
	1: byCard, 2: byCard, 3: byCard, 117: byCard, 125: byCard, 128: byCard, 130: byCard, 132: byCard,
	302: byMobile, 320: byMobile, 771: bySepa,
}

// methodOfProduct returns the method of a product; all that are neither cards,
// wallets of phones nor direct debit are redirects.
func methodOfProduct(product int32) method {
	if m, ok := methodOf[product]; ok {
		return m
	}
	return byRedirect
}

func parseMethod(name string) (method, bool) {
	for i, n := range methodNames {
		if n == name {
			return method(i), true
		}
	}
	return 0, false
}

// needsCaptureID says that refunds of several captures must name one of them.
func needsCaptureID(product int32) bool { return product == 840 || product == 3203 }

// decimals are those of currencies that do not have two.
var decimals = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
	"UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// fromHundredths converts an amount in hundredths of a currency to its minor
// unit. It fails where hundredths do not make up whole minor units, or too many.
func fromHundredths(amount int64, currency string) (int64, bool) {
	d, ok := decimals[currency]
	if !ok {
		return amount, true
	}
	if d == 0 {
		return amount / 100, amount%100 == 0
	}
	for ; d > 2; d-- {
		amount *= 10
	}
	return amount, amount <= maxAmount
}
