module search_folder

go 1.19
