namespace MigrationConformance.Core;

/// <summary>A set of fingerprints with a number for each: open addressing, no allocation but when it grows.</summary>
internal sealed class FingerprintSet
{
    private ulong[] keys = new ulong[1024];
    private int[] numbers = new int[1024];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a fingerprint.</summary>
    /// <param name="fingerprint">The fingerprint; 0 stands for 1.</param>
    /// <param name="number">The number of the new one, or of the one that was there.</param>
    /// <returns>True when it is new.</returns>
    public bool Add(ulong fingerprint, out int number)
    {
        if (Count * 2 >= keys.Length)
            Grow();
        ulong key = fingerprint == 0 ? 1 : fingerprint;
        int at = Place(keys, key);
        bool isNew = keys[at] == 0;
        if (isNew)
        {
            keys[at] = key;
            numbers[at] = Count++;
        }
        number = numbers[at];
        return isNew;
    }

    private static int Place(ulong[] keys, ulong key)
    {
        int at = (int)(key & (ulong)(keys.Length - 1));
        while (keys[at] != 0 && keys[at] != key)
            at = (at + 1) & (keys.Length - 1);
        return at;
    }

    private void Grow()
    {
        ulong[] oldKeys = keys;
        int[] oldNumbers = numbers;
        keys = new ulong[oldKeys.Length * 2];
        numbers = new int[oldKeys.Length * 2];
        for (int i = 0; i < oldKeys.Length; i++)
        {
            if (oldKeys[i] == 0)
                continue;
            int at = Place(keys, oldKeys[i]);
            keys[at] = oldKeys[i];
            numbers[at] = oldNumbers[i];
        }
    }
}
