/* A shared library, but no plugin. */
int no_entry(void);
int no_entry(void) { return 1; }
