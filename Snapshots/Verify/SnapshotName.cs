using System.Collections;
using System.Globalization;
using System.Text;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace VerifyTests;

/// <summary>The name of an approved file without its end: type, method and parameters of the running test.</summary>
internal static class SnapshotName
{
    private const string NotInFileNames = "\"\\<>|:*?/#";

    /// <summary>The path up to <c>.verified.txt</c>.</summary>
    public static string Prefix(VerifySettings settings, string sourceFile, Test test)
    {
        string folder = Path.GetDirectoryName(sourceFile)!;
        if (settings.Directory is not null)
        {
            folder = Path.Combine(folder, settings.Directory);
        }

        return Path.Combine(folder, settings.FileName ?? FromTest(settings, test));
    }

    private static string FromTest(VerifySettings settings, Test test)
    {
        Type type = test.TypeInfo!.Type;
        System.Reflection.MethodInfo method = test.Method!.MethodInfo;
        string name = $"{TypeName(type)}.{method.Name}";
        if (settings.ParametersText is not null)
        {
            return $"{name}_{settings.ParametersText}";
        }

        object?[] fixture = FixtureArguments(test.Parent);
        string[] names =
        [
            .. fixture.Length == 0 ? [] : type.GetConstructors().Single(c => c.GetParameters().Length == fixture.Length).GetParameters().Select(p => p.Name!),
            .. method.GetParameters().Select(p => p.Name!),
        ];
        object?[] values = settings.Parameters ?? [.. fixture, .. test.Arguments];
        if (values.Length > names.Length)
        {
            throw new VerifyException($"{name}: {values.Length} parameter values for {names.Length} parameters");
        }

        return values.Length == 0 ? name : $"{name}_{string.Join('_', values.Select((value, i) => $"{names[i]}={Text(value)}"))}";
    }

    // The suite of a parameterised method stands between a test and its fixture and holds no arguments.
    private static object?[] FixtureArguments(ITest? test)
    {
        for (ITest? above = test; above is not null; above = above.Parent)
        {
            if (above is TestFixture)
            {
                return above.Arguments;
            }
        }

        return [];
    }

    private static string TypeName(Type type) =>
        type.DeclaringType is { } outer ? $"{TypeName(outer)}.{type.Name}" : type.Name;

    /// <summary>A parameter's value as a part of a file name.</summary>
    public static string Text(object? value)
    {
        string text = value switch
        {
            null => "null",
            string s => s,
            IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
            IEnumerable items => items.Cast<object?>().Select(Text).ToArray() is { Length: > 0 } all ? string.Join(',', all) : "[]",
            _ => value.ToString() ?? "null",
        };
        var name = new StringBuilder(text);
        for (int i = 0; i < name.Length; i++)
        {
            if (char.IsControl(name[i]) || NotInFileNames.Contains(name[i]))
            {
                name[i] = '-';
            }
        }

        return name.ToString();
    }
}
