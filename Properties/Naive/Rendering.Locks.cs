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
                case "tree" when name.Number == Mapping.SwapperNumber:
                    _json.WriteString("file", "swapper");
                    break;
                case "tree" or "immap" or "private":
                    _json.WriteNumber("file", name.Number);
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

    /// <summary>Page by page, in the order in which they end.</summary>
    private void Holds()
    {
        _json.WriteStartArray("holds");
        foreach (Page page in _world.Pages)
        {
            if (page.LockHold is { } lockHold)
            {
                Hold(page, "lock", null, lockHold);
            }

            foreach (Until reference in page.References)
            {
                Hold(page, "reference", null, reference);
            }

            if (page.Write is { } write)
            {
                Hold(page, "writeback", null, write.Until, write);
            }

            List<Buffer> buffers = page.Buffers ?? [];
            for (int number = 0; number < buffers.Count; number++)
            {
                foreach (Until user in buffers[number].Users)
                {
                    Hold(page, "bufferUser", number, user);
                }
            }

            for (int number = 0; number < buffers.Count; number++)
            {
                if (buffers[number].LockedByOthers is { } locked)
                {
                    Hold(page, "bufferLock", number, locked);
                }
            }
        }

        _json.WriteEndArray();
    }

    private void Hold(Page page, string kind, int? buffer, Until until, Write? write = null)
    {
        _json.WriteStartObject();
        _json.WriteNumber("page", page.Number);
        _json.WriteString("hold", kind);
        if (buffer is { } number)
        {
            _json.WriteNumber("buffer", number);
        }

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
            _json.WriteBoolean("fails", write.Fails);
            _json.WriteNumber("contents", write.Contents);
        }

        _json.WriteEndObject();
    }
}
