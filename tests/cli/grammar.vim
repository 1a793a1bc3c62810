" Writes what Vim's syntax makes of the script at hand, as grammar.py does, to the file `vim.out`.
let s:kinds = {'ebbComment': 'comment', 'ebbString': 'string', 'ebbEscape': 'string',
  \ 'ebbNumber': 'number', 'ebbBoolean': 'constant', 'ebbControl': 'keyword',
  \ 'ebbInclude': 'keyword', 'ebbStatement': 'keyword', 'ebbLogical': 'keyword'}
let s:found = []
for s:line in range(1, line('$'))
  let s:text = getline(s:line)
  let [s:kind, s:begin] = ['', 0]
  for s:at in range(0, strlen(s:text))
    let s:now = get(s:kinds, synIDattr(synID(s:line, s:at + 1, 1), 'name'), '')
    if s:now ==# s:kind | continue | endif
    if s:kind !=# ''
      let s:column = strchars(strpart(s:text, 0, s:begin)) + 1
      call add(s:found, s:line . ' ' . s:column . ' ' . strpart(s:text, s:begin, s:at - s:begin) . ' ' . s:kind)
    endif
    let [s:kind, s:begin] = [s:now, s:at]
  endfor
endfor
call writefile(s:found, 'vim.out')
qall!
