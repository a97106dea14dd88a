using System.Collections;
using System.Runtime.CompilerServices;

namespace MigrationConformance.Core;

/// <summary>A list that never changes and that equals another of the same items in the same order.</summary>
/// <typeparam name="T">A value, or a record.</typeparam>
/// <remarks>Why: the parts of a <see cref="Scenario"/> are records, and a record compares its members by Equals.</remarks>
[CollectionBuilder(typeof(ValueList), nameof(ValueList.Create))]
public sealed class ValueList<T> : IReadOnlyList<T>, IEquatable<ValueList<T>>
{
    private readonly T[] items;

    /// <summary>Wraps an array, which must not change from now on.</summary>
    /// <param name="items">The items, in order.</param>
    internal ValueList(T[] items) => this.items = items;

    /// <summary>The list without items.</summary>
    public static ValueList<T> Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => items.Length;

    /// <inheritdoc/>
    public T this[int index] => items[index];

    /// <summary>The items, in order.</summary>
    /// <returns>The list's own storage.</returns>
    public ReadOnlySpan<T> AsSpan() => items;

    /// <summary>This list and one item more.</summary>
    /// <param name="item">The item that becomes the last one.</param>
    /// <returns>A new list.</returns>
    public ValueList<T> With(T item) => new([.. items, item]);

    /// <summary>This list with one item exchanged.</summary>
    /// <param name="index">0 to <see cref="Count"/> − 1.</param>
    /// <param name="item">The item to put there.</param>
    /// <returns>A new list.</returns>
    public ValueList<T> With(int index, T item)
    {
        T[] copy = [.. items];
        copy[index] = item;
        return new(copy);
    }

    /// <summary>This list without one item.</summary>
    /// <param name="index">0 to <see cref="Count"/> − 1.</param>
    /// <returns>A new list.</returns>
    public ValueList<T> Without(int index) => new([.. items[..index], .. items[(index + 1)..]]);

    /// <inheritdoc/>
    public bool Equals(ValueList<T>? other) => other is not null && items.AsSpan().SequenceEqual(other.items);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ValueList<T>);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (T item in items)
            hash.Add(item);
        return hash.ToHashCode();
    }

    /// <summary>An enumerator that allocates nothing.</summary>
    /// <returns>The enumerator of the items.</returns>
    public ReadOnlySpan<T>.Enumerator GetEnumerator() => AsSpan().GetEnumerator();

    IEnumerator<T> IEnumerable<T>.GetEnumerator() => ((IEnumerable<T>)items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => items.GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", items)}]";
}

/// <summary>Makes <see cref="ValueList{T}"/>s.</summary>
public static class ValueList
{
    /// <summary>Makes a list of some items.</summary>
    /// <typeparam name="T">What the list holds.</typeparam>
    /// <param name="items">The items, in order.</param>
    /// <returns>The list.</returns>
    public static ValueList<T> Create<T>(ReadOnlySpan<T> items) => items.IsEmpty ? ValueList<T>.Empty : new(items.ToArray());
}
