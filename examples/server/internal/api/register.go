package api

import (
	"context"
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/pifr-go/pifr/examples/server/internal/given"
	"github.com/pifr-go/pifr/examples/server/internal/keys"
)

// roleKey is where an operation keeps the role that it takes.
const roleKey = "role"

// RoleOf is the role that an operation takes; empty for everybody's.
func RoleOf(op *huma.Operation) keys.Role {
	role, _ := op.Metadata[roleKey].(keys.Role)
	return role
}

// operation describes one that takes a role.
func operation(id, method, path, tag string, role keys.Role, summary string, errors ...int) huma.Operation {
	op := huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{tag},
		Errors:   append([]int{http.StatusServiceUnavailable}, errors...),
		Metadata: map[string]any{roleKey: role}, MaxBodyBytes: 1 << 20,
	}
	if role != "" {
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests)
		op.Security = []map[string][]string{{"key": {}}, {}}
		op.Description = "Takes a key of role " + string(role) + "."
	}
	return op
}

// request is the one that an operation reads its photos from.
type request struct {
	w http.ResponseWriter
	r *http.Request
}

type requestKey struct{}

// registerUpload registers an operation whose body has photos: huma reads none of it.
func registerUpload[B any, I, O any](api huma.API, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	op.Errors = append(op.Errors, http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity)
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		next(huma.WithValue(ctx, requestKey{}, request{w, r}))
	})
	huma.Register(api, op, handler)
	document[B](api, op)
}

// document says what the body is, which huma cannot know.
func document[B any](api huma.API, op huma.Operation) {
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[B](), true, "")
	form := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}}
	file := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	content := map[string]*huma.MediaType{"application/json": {Schema: schema}, "multipart/form-data": {Schema: form}}
	switch reflect.TypeFor[B]() {
	case reflect.TypeFor[given.OnePhoto]():
		form.Properties["photo"], form.Required = file, []string{"photo"}
		content["image/jpeg"], content["image/png"] = &huma.MediaType{Schema: file}, &huma.MediaType{Schema: file}
	case reflect.TypeFor[given.TwoPhotos]():
		form.Properties["a"], form.Properties["b"], form.Required = file, file, []string{"a", "b"}
	case reflect.TypeFor[given.SomePhotos]():
		text := &huma.Schema{Type: huma.TypeString}
		form.Properties["name"], form.Properties["metadata"] = text, &huma.Schema{Type: huma.TypeString, Description: "JSON: an object of strings"}
		form.Properties["photos"] = &huma.Schema{Type: huma.TypeArray, Items: file}
		form.Required = []string{"photos"}
	}
	item := api.OpenAPI().Paths[op.Path]
	for _, o := range []*huma.Operation{item.Post, item.Put} {
		if o != nil && o.OperationID == op.OperationID {
			o.RequestBody = &huma.RequestBody{Required: true, Content: content}
		}
	}
}

// read reads an operation's body.
func (s *Service) read(ctx context.Context, into given.Body) (give func(), err error) {
	r, ok := ctx.Value(requestKey{}).(request)
	if !ok {
		return nil, given.ErrBody
	}
	return s.Given.Read(ctx, r.w, r.r, into)
}

// unique are IDs in order, each once.
func unique(ids []string) []string {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}
