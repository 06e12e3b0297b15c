"""Files on disk that anybody may delete, by the library of the same name."""
