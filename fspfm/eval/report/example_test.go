package report_test

import (
	"fmt"
	"strings"

	"github.com/pifr-go/pifr/fspfm/eval/report"
)

func Example() {
	page := report.Page{Title: "PoseSim-V", Sections: []report.Section{{
		Title: "TAR at FAR 1e-2",
		Table: &report.Table{Head: []string{"method", "60-90"}, Rows: [][]string{{"raw", "50.0"}, {"FSPFM", "75.0"}}, Best: 2},
	}}}
	var out strings.Builder
	if err := page.Write(&out); err != nil {
		panic(err)
	}
	fmt.Println(strings.Contains(out.String(), "<td>75.0</td>"))
	// Output: true
}
