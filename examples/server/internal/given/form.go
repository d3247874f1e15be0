package given

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"path/filepath"
)

// mostOfText is how many bytes a part of a form may have that is no photo.
const mostOfText = 16 << 10

// readForm reads a multipart form as it comes: nothing is written to the disk.
func (r *Reader) readForm(body io.Reader, boundary string, into Body) error {
	form, photos := multipart.NewReader(body, boundary), 0
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if several, ok := into.(*SomePhotos); ok && part.FormName() == "metadata" {
			if err := readMetadata(part, several); err != nil {
				return err
			}
			continue
		}
		photo, text, err := into.part(part.FormName())
		if err != nil {
			return err
		}
		if text != nil {
			if *text, err = readText(part); err != nil {
				return err
			}
			continue
		}
		if photos++; photos > r.MaxPhotos {
			return fmt.Errorf("%w: at most are %d", ErrMany, r.MaxPhotos)
		}
		if photo.Data, err = r.readPhoto(part); err != nil {
			return err
		}
		photo.Name = named(part)
	}
}

// named is the file's name, which may be anything.
func named(p *multipart.Part) string {
	name := filepath.Base(p.FileName())
	if len(name) > 200 {
		name = name[:200]
	}
	if name == "." || name == string(filepath.Separator) {
		return ""
	}
	return name
}

func readText(part io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(part, mostOfText+1))
	if err == nil && len(data) > mostOfText {
		err = fmt.Errorf("%w: a part has more than %d bytes", ErrBody, mostOfText)
	}
	return string(data), err
}

func readMetadata(part io.Reader, into *SomePhotos) error {
	text, err := readText(part)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), &into.Metadata); err != nil {
		return fmt.Errorf("%w: metadata: %w", ErrBody, err)
	}
	return nil
}
