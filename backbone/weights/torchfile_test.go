package weights

import (
	"archive/zip"
	"io"
)

// writeZip writes a zip file without compression.
func writeZip(w io.Writer, entries ...[2]string) error {
	z := zip.NewWriter(w)
	for _, e := range entries {
		f, err := z.CreateHeader(&zip.FileHeader{Name: e[0], Method: zip.Store})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, e[1]); err != nil {
			return err
		}
	}
	return z.Close()
}
