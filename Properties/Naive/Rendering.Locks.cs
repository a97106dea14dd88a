namespace MigrationConformance.Properties.Naive;

/// <summary>The member machine: locks, and what others hold.</summary>
internal sealed partial class Rendering
{
    private static readonly string[] LockKinds =
        ["tree", "immap", "private", "anonVma", "pageTable", "mmapSem", "lru", "swap", "mmlist"];

    private void Locks()
    {
        _json.WriteStartArray("locks");
        foreach (Page page in _world.Pages.Where(page => page.Lock != PageLock.Free))
        {
            _json.WriteStartObject();
            _json.WriteString("lock", "page");
            _json.WriteNumber("page", page.Number);
            _json.WriteString("owner", Camel(page.Lock.ToString()));
            _json.WriteEndObject();
        }

        IEnumerable<(LockName Name, string Owner)> held =
        [
            .. _world.LocksOfOthers.Select(name => (name, "others")),
            .. _world.LocksOfMigration.Select(name => (name, "migration")),
        ];
        foreach ((LockName name, string owner) in held
            .OrderBy(item => System.Array.IndexOf(LockKinds, item.Name.Kind)).ThenBy(item => item.Name.Number))
        {
            _json.WriteStartObject();
            _json.WriteString("lock", name.Kind);
            switch (name.Kind)
            {
                case "tree" or "immap" or "private":
                    MappingNumber("file", name.Number);
                    break;
                case "anonVma":
                    _json.WriteNumber("anonVma", name.Number);
                    break;
                case "pageTable" or "mmapSem":
                    _json.WriteNumber("process", name.Number);
                    break;
                case "lru":
                    _json.WriteNumber("zone", name.Number);
                    break;
            }

            _json.WriteString("owner", owner);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    /// <summary>Page by page, by kind, then by buffer, and then in the order in which they end.</summary>
    private void Holds()
    {
        _json.WriteStartArray("holds");
        foreach (Page page in _world.Pages)
        {
            List<Buffer> buffers = page.Buffers ?? [];
            Hold(page, "pageLock", null, page.LockHold is { } held ? [held] : []);
            Hold(page, "reference", null, page.References);
            if (page.Write is { } write)
            {
                Hold(page, "writeback", null, [write.Until], write);
            }

            buffers.ForEach(buffer => Hold(page, "bufferCount", buffer, buffer.Users));
            buffers.ForEach(buffer => Hold(page, "bufferLock", buffer, buffer.LockedByOthers is { } held ? [held] : []));
        }

        _json.WriteEndArray();
    }

    private void Hold(Page page, string kind, Buffer? buffer, List<Until> ends, Write? write = null)
    {
        foreach (Until until in ends.OrderBy(end => end.Pass ?? (end.Never ? 1001 : 1000)))
        {
            _json.WriteStartObject();
            _json.WriteString("kind", kind);
            _json.WriteNumber("page", page.Number);
            Number("buffer", buffer?.Number);
            if (until.Pass is { } pass)
            {
                _json.WriteNumber("until", pass);
            }
            else
            {
                _json.WriteString("until", until.Never ? "never" : "waited");
            }

            if (write is not null)
            {
                _json.WriteNumber("contents", write.Contents);
                _json.WriteBoolean("fails", write.Fails);
                _json.WriteString("owner", write.OfMigration ? "migration" : "others");
            }

            _json.WriteEndObject();
        }
    }
}
