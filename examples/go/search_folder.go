// Encodes the images of a folder and prints the best hits for a text:
//
//	go build && ./search_folder MODEL FOLDER TEXT
//
// MODEL is a model directory, such as models/emoji-vit-16. cgo finds the library by pkg-config.
package main

// #cgo pkg-config: sightline_c
// #include <sightline_c.h>
// #include <stdlib.h>
import "C"

import (
	"fmt"
	"os"
	"path/filepath"
	"unsafe"
)

// check returns a failure as a Go error.
func check(status C.sightline_status, err *C.sightline_error) error {
	if status == C.SIGHTLINE_OK {
		return nil
	}
	name := C.GoString(C.sightline_status_name(status))
	return fmt.Errorf("%s: %s", name, C.GoString(&err.message[0]))
}

// An Encoder and its dimension. Close frees it.
type Encoder struct {
	handle *C.sightline_encoder
	Dim    int
}

func OpenEncoder(folder string) (*Encoder, error) {
	var err C.sightline_error
	var model *C.sightline_model
	path := C.CString(folder)
	defer C.free(unsafe.Pointer(path))
	if e := check(C.sightline_model_load(path, nil, &model, &err), &err); e != nil {
		return nil, e
	}
	defer C.sightline_model_free(model) // the encoder keeps what it needs
	info := C.sightline_model_info{struct_size: C.sizeof_sightline_model_info}
	if e := check(C.sightline_model_get_info(model, &info, &err), &err); e != nil {
		return nil, e
	}
	encoder := &Encoder{Dim: int(info.embedding_dim)}
	e := check(C.sightline_encoder_create(model, nil, &encoder.handle, &err), &err)
	return encoder, e
}

func (e *Encoder) Close() {
	C.sightline_encoder_free(e.handle)
}

// cStrings returns a C array of texts in C's memory, and the function that frees it.
func cStrings(texts []string) (**C.char, func()) {
	size := C.size_t(len(texts)+1) * C.size_t(unsafe.Sizeof((*C.char)(nil)))
	array := (**C.char)(C.malloc(size))
	view := unsafe.Slice(array, len(texts)+1)
	for i, text := range texts {
		view[i] = C.CString(text)
	}
	return array, func() {
		for i := range texts {
			C.free(unsafe.Pointer(view[i]))
		}
		C.free(unsafe.Pointer(array))
	}
}

// Files returns the vectors of image files, one after the other, and prints those that it skips;
// their vectors are zero.
func (e *Encoder) Files(paths []string) ([]float32, error) {
	var err C.sightline_error
	var failures *C.sightline_failures
	array, free := cStrings(paths)
	defer free()
	vectors := make([]float32, len(paths)*e.Dim+1)
	status := C.sightline_encoder_files(e.handle, array, C.size_t(len(paths)), (*C.float)(&vectors[0]),
		C.size_t(len(vectors)), &failures, nil, nil, &err)
	if e := check(status, &err); e != nil {
		return nil, e
	}
	defer C.sightline_failures_free(failures)
	var count C.size_t
	if failures != nil {
		C.sightline_failures_count(failures, &count, nil)
	}
	for i := C.size_t(0); i < count; i++ {
		failure := C.sightline_failure{struct_size: C.sizeof_sightline_failure}
		C.sightline_failures_get(failures, i, &failure, nil)
		fmt.Fprintln(os.Stderr, "skipped:", C.GoString(failure.reason))
	}
	return vectors[:len(paths)*e.Dim], nil
}

// Text returns the vector of a text.
func (e *Encoder) Text(text string) ([]float32, error) {
	var err C.sightline_error
	array, free := cStrings([]string{text})
	defer free()
	vector := make([]float32, e.Dim)
	status := C.sightline_encoder_texts(e.handle, array, 1, (*C.float)(&vector[0]), C.size_t(e.Dim), nil,
		nil, nil, &err)
	return vector, check(status, &err)
}

// search prints the k rows of vectors that are most similar to the query.
func search(vectors, query []float32, names []string, k int) error {
	var err C.sightline_error
	var index *C.sightline_index
	dim := C.int64_t(len(query))
	created := C.sightline_index_create((*C.float)(&vectors[0]), C.int64_t(len(names)), dim, &index, &err)
	if e := check(created, &err); e != nil {
		return e
	}
	defer C.sightline_index_free(index)
	var options C.sightline_index_search_options
	C.sightline_index_search_options_init(&options, C.sizeof_sightline_index_search_options, nil)
	options.k = C.int32_t(k)
	rows := make([]int64, k)
	similarities := make([]float64, k)
	status := C.sightline_index_search(index, (*C.float)(&query[0]), 1, dim, &options,
		(*C.int64_t)(&rows[0]), (*C.double)(&similarities[0]), C.size_t(k), &err)
	if e := check(status, &err); e != nil {
		return e
	}
	for i, row := range rows {
		if row >= 0 {
			fmt.Printf("%7.4f  %s\n", similarities[i], names[row])
		}
	}
	return nil
}

func run(model, folder, text string) error {
	encoder, err := OpenEncoder(model)
	if err != nil {
		return err
	}
	defer encoder.Close()
	paths, err := filepath.Glob(filepath.Join(folder, "[^.]*"))
	if err != nil || len(paths) == 0 {
		return fmt.Errorf("there is no file in '%s'", folder)
	}
	vectors, err := encoder.Files(paths)
	if err != nil {
		return err
	}
	query, err := encoder.Text(text)
	if err != nil {
		return err
	}
	return search(vectors, query, paths, 5)
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: search_folder MODEL FOLDER TEXT")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
