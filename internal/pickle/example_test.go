package pickle_test

import (
	"fmt"

	"github.com/pifr-go/pifr/internal/pickle"
)

func Example() {
	// pickle.dumps(([b"one", b"two"], [True])), and a pickle that would run a command.
	data := "\x80\x03]q\x00(C\x03oneq\x01C\x03twoq\x02e]q\x03\x88a\x86q\x04."
	v, err := pickle.Decode([]byte(data))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, item := range v.(pickle.Tuple)[0].(*pickle.List).Items {
		fmt.Printf("%s\n", item)
	}
	_, err = pickle.Decode([]byte("cos\nsystem\n(S'rm -r /'\ntR."))
	fmt.Println(err)
	// Output:
	// one
	// two
	// pickle: offset 0: refused: "os.system" is no data
}
