/* Nothing: what is compiled is the header before it. */
typedef int not_empty;
