; What programs in machine code call to read and make objects; runtime.py says what a name behind a dollar sign is.

@float64 = global ptr null

; Whether x is a float, which is then put where it is to be.
define i1 @number(ptr %x, ptr %to) {
  %a = getelementptr i8, ptr %x, i64 $TYPE
  %type = load ptr, ptr %a
  %b = icmp eq ptr %type, $float
  br i1 %b, label %yes, label %perhaps
perhaps:
  %other = load ptr, ptr @float64
  %c = icmp eq ptr %type, %other
  br i1 %c, label %yes, label %no
yes:
  %d = getelementptr i8, ptr %x, i64 $NUMBER
  %value = load double, ptr %d
  store double %value, ptr %to
  ret i1 true
no:
  ret i1 false
}

; Whether so many objects in a row are floats.
define i1 @row(ptr %items, i64 %n, ptr %to) {
entry:
  %empty = icmp eq i64 %n, 0
  br i1 %empty, label %done, label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %good]
  %a = getelementptr ptr, ptr %items, i64 %i
  %x = load ptr, ptr %a
  %b = getelementptr double, ptr %to, i64 %i
  %ok = call i1 @number(ptr %x, ptr %b)
  br i1 %ok, label %good, label %no
good:
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret i1 true
no:
  ret i1 false
}

; The items of a list or a tuple of this size, or null if x is none.
define ptr @items(ptr %x, ptr %type, i64 %n) {
  %a = getelementptr i8, ptr %x, i64 $TYPE
  %found = load ptr, ptr %a
  %b = icmp eq ptr %found, %type
  br i1 %b, label %right, label %no
right:
  %c = getelementptr i8, ptr %x, i64 $SIZE
  %size = load i64, ptr %c
  %d = icmp eq i64 %size, %n
  br i1 %d, label %sized, label %no
sized:
  %empty = icmp eq i64 %n, 0
  br i1 %empty, label %anywhere, label %filled
anywhere:  ; a list without items has no place for them
  ret ptr %x
filled:
  %is_list = icmp eq ptr %type, $list
  br i1 %is_list, label %of_list, label %of_tuple
of_list:
  %e = getelementptr i8, ptr %x, i64 $ITEMS
  %items = load ptr, ptr %e
  ret ptr %items
of_tuple:
  %f = getelementptr i8, ptr %x, i64 $ENTRIES
  ret ptr %f
no:
  ret ptr null
}

; Whether x is a list or tuple of so many floats.
define i1 @floats(ptr %x, ptr %type, i64 %n, ptr %to) {
  %items = call ptr @items(ptr %x, ptr %type, i64 %n)
  %none = icmp eq ptr %items, null
  br i1 %none, label %no, label %yes
yes:
  %ok = call i1 @row(ptr %items, i64 %n, ptr %to)
  ret i1 %ok
no:
  ret i1 false
}

; Whether x is an array of doubles of this shape, one behind the other.
define i1 @array(ptr %x, ptr %type, i32 %dimensions, ptr %shape, ptr %to) {
  %a = getelementptr i8, ptr %x, i64 $TYPE
  %found = load ptr, ptr %a
  %b = icmp eq ptr %found, %type
  br i1 %b, label %right, label %no
right:
  %view = alloca [16 x i64]
  %failed = call i32 $PyObject_GetBuffer(ptr %x, ptr %view, i32 60)
  %c = icmp eq i32 %failed, 0
  br i1 %c, label %viewed, label %clear
viewed:
  %d = getelementptr i8, ptr %view, i64 36
  %ndim = load i32, ptr %d
  %e = icmp eq i32 %ndim, %dimensions
  br i1 %e, label %formatted, label %release
formatted:
  %f = getelementptr i8, ptr %view, i64 40
  %format = load ptr, ptr %f
  %letters = load i16, ptr %format
  %g = icmp eq i16 %letters, 100
  br i1 %g, label %measured, label %release
measured:
  %h = getelementptr i8, ptr %view, i64 48
  %sizes = load ptr, ptr %h
  br label %size
size:
  %i = phi i32 [0, %measured], [%next, %alike]
  %j = getelementptr i64, ptr %sizes, i32 %i
  %got = load i64, ptr %j
  %k = getelementptr i64, ptr %shape, i32 %i
  %wanted = load i64, ptr %k
  %same = icmp eq i64 %got, %wanted
  br i1 %same, label %alike, label %release
alike:
  %next = add i32 %i, 1
  %more = icmp slt i32 %next, %dimensions
  br i1 %more, label %size, label %copy
copy:
  %buffer = load ptr, ptr %view
  %l = getelementptr i8, ptr %view, i64 16
  %length = load i64, ptr %l
  call ptr $memmove(ptr %to, ptr %buffer, i64 %length)
  call void $PyBuffer_Release(ptr %view)
  ret i1 true
release:
  call void $PyBuffer_Release(ptr %view)
  ret i1 false
clear:
  call void $PyErr_Clear()
  ret i1 false
no:
  ret i1 false
}

; Whether a function finds a list of so many floats in x.
define i1 @asked(ptr %x, ptr %function, i64 %n, ptr %to) {
  %list = call ptr $PyObject_CallOneArg(ptr %function, ptr %x)
  %failed = icmp eq ptr %list, null
  br i1 %failed, label %clear, label %found
found:
  %ok = call i1 @floats(ptr %list, ptr $list, i64 %n, ptr %to)
  call void $Py_DecRef(ptr %list)
  ret i1 %ok
clear:
  call void $PyErr_Clear()
  ret i1 false
}

; Whether a dict has an item of this key: the item or null.
define ptr @value(ptr %x, ptr %key) {
  %item = call ptr $PyDict_GetItemWithError(ptr %x, ptr %key)
  %found = icmp ne ptr %item, null
  br i1 %found, label %yes, label %no
yes:
  ret ptr %item
no:
  call void $PyErr_Clear()
  ret ptr null
}

; Whether x is a dict of this size.
define i1 @is_dict(ptr %x, i64 %n) {
  %a = getelementptr i8, ptr %x, i64 $TYPE
  %found = load ptr, ptr %a
  %b = icmp eq ptr %found, $dict
  br i1 %b, label %right, label %no
right:
  %size = call i64 $PyDict_Size(ptr %x)
  %c = icmp eq i64 %size, %n
  ret i1 %c
no:
  ret i1 false
}

; Whether the data of so many Values are numbers.
define i1 @outside(ptr %values, i64 %n, ptr %to) {
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %good]
  %a = getelementptr ptr, ptr %values, i64 %i
  %value = load ptr, ptr %a
  %b = getelementptr i8, ptr %value, i64 $DATA
  %data = load ptr, ptr %b
  %place = getelementptr double, ptr %to, i64 %i
  %ok = call i1 @number(ptr %data, ptr %place)
  br i1 %ok, label %good, label %whole
whole:
  %number = call double $PyFloat_AsDouble(ptr %data)
  store double %number, ptr %place
  %error = call ptr $PyErr_Occurred()
  %failed = icmp ne ptr %error, null
  br i1 %failed, label %clear, label %good
good:
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret i1 true
clear:
  call void $PyErr_Clear()
  ret i1 false
}

; Floats of so many numbers.
define void @fill(ptr %items, ptr %from, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
  %a = getelementptr double, ptr %from, i64 %i
  %x = load double, ptr %a
  %float = call ptr $PyFloat_FromDouble(double %x)
  %b = getelementptr ptr, ptr %items, i64 %i
  store ptr %float, ptr %b
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}

; A new tuple's or list's places for its items.
define ptr @entries(ptr %x, i1 %is_list) {
  br i1 %is_list, label %of_list, label %of_tuple
of_list:
  %a = getelementptr i8, ptr %x, i64 $ITEMS
  %items = load ptr, ptr %a
  ret ptr %items
of_tuple:
  %b = getelementptr i8, ptr %x, i64 $ENTRIES
  ret ptr %b
}

; True or False.
define ptr @flag(double %x) {
  %c = fcmp une double %x, 0.0
  %flag = select i1 %c, ptr $True, ptr $False
  call void $Py_IncRef(ptr %flag)
  ret ptr %flag
}

; What a function makes of so many bytes, or null.
define ptr @of_bytes(ptr %function, ptr %from, i64 %n) {
  %bytes = call ptr $PyByteArray_FromStringAndSize(ptr %from, i64 %n)
  %made = call ptr $PyObject_CallOneArg(ptr %function, ptr %bytes)
  call void $Py_DecRef(ptr %bytes)
  ret ptr %made
}

; Room for so many numbers, at the place that stands at %at.
define void @room(ptr %at, i64 %n) {
  %before = load ptr, ptr %at
  %size = mul i64 %n, 8
  %new = call ptr $PyMem_RawRealloc(ptr %before, i64 %size)
  store ptr %new, ptr %at
  %full = icmp eq ptr %new, null
  br i1 %full, label %no, label %done
no:
  call void @llvm.trap()
  unreachable
done:
  ret void
}
declare void @llvm.trap()

; A number as entry number %k, behind the others; the room for them is doubled where k is a power of 2.
define void @append(ptr %at, i64 %k, double %x) {
  %less = sub i64 %k, 1
  %both = and i64 %k, %less
  %full = icmp eq i64 %both, 0
  br i1 %full, label %grow, label %put
grow:
  %twice = mul i64 %k, 2
  %n = or i64 %twice, 1
  call void @room(ptr %at, i64 %n)
  br label %put
put:
  %entries = load ptr, ptr %at
  %place = getelementptr double, ptr %entries, i64 %k
  store double %x, ptr %place
  ret void
}

; Whether one of some lists has other items than a tuple of them says: True or False.
define ptr @unlike(ptr %self, ptr %args, i64 %n) {
entry:
  %lists = load ptr, ptr %args
  %a = getelementptr ptr, ptr %args, i64 1
  %tuples = load ptr, ptr %a
  %b = getelementptr i8, ptr %lists, i64 $SIZE
  %count = load i64, ptr %b
  %c = getelementptr i8, ptr %lists, i64 $ENTRIES
  %d = getelementptr i8, ptr %tuples, i64 $ENTRIES
  br label %next
next:
  %i = phi i64 [0, %entry], [%more, %same]
  %left = icmp ult i64 %i, %count
  br i1 %left, label %pair, label %said
pair:
  %e = getelementptr ptr, ptr %c, i64 %i
  %list = load ptr, ptr %e
  %f = getelementptr ptr, ptr %d, i64 %i
  %tuple = load ptr, ptr %f
  %g = getelementptr i8, ptr %list, i64 $SIZE
  %size = load i64, ptr %g
  %h = getelementptr i8, ptr %tuple, i64 $SIZE
  %known = load i64, ptr %h
  %sized = icmp eq i64 %size, %known
  br i1 %sized, label %open, label %said
open:
  %j = getelementptr i8, ptr %list, i64 $ITEMS
  %items = load ptr, ptr %j
  %seen = getelementptr i8, ptr %tuple, i64 $ENTRIES
  br label %compare
compare:
  %k = phi i64 [0, %open], [%on, %one]
  %done = icmp uge i64 %k, %size
  br i1 %done, label %same, label %one
one:
  %l = getelementptr ptr, ptr %items, i64 %k
  %x = load ptr, ptr %l
  %m = getelementptr ptr, ptr %seen, i64 %k
  %y = load ptr, ptr %m
  %on = add i64 %k, 1
  %equal = icmp eq ptr %x, %y
  br i1 %equal, label %compare, label %said
same:
  %more = add i64 %i, 1
  br label %next
said:
  %answer = phi ptr [$False, %next], [$True, %pair], [$True, %one]
  call void $Py_IncRef(ptr %answer)
  ret ptr %answer
}
