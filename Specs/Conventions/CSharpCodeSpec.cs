namespace MigrationConformance.Conventions;

/// <summary>What the source conventions take for code.</summary>
[TestFixture]
public sealed class CSharpCodeSpec
{
    [TestCase("a; // Random", "a;")]
    [TestCase("a; /* Random\n */ b;", "a;\n b;")]
    [TestCase("/// <see cref=\"Random\"/>\na;", "\na;")]
    [TestCase("f(\"Random\");", "f();")]
    [TestCase("f(\"\\\"Random\");", "f();")]
    [TestCase("f('\"'); g('\\'');", "f(); g();")]
    [TestCase("f(@\"a\\\"); g(@\"\"\"Random\"\"\");", "f(); g();")]
    [TestCase("f(\"\"\"a \"Random\" b\"\"\");", "f();")]
    [TestCase("f(\"\", \"\");", "f(,);")]
    [TestCase("#region the page's flags\na;", "\na;")]
    public void Comments_and_literals_are_blanked(string source, string expected)
    {
        string code = CSharpCode.Only(source);

        Assert.That(code, Has.Length.EqualTo(source.Length));
        Assert.That(WithoutBlanks(code), Is.EqualTo(WithoutBlanks(expected)));
    }

    [TestCase("f($\"Random {a + 1} Random\");", "f(a+1);")]
    [TestCase("f($\"{{Random}} {{{a}}}\");", "f(a);")]
    [TestCase("f($\"{g(\"}\")}\");", "f(g());")]
    [TestCase("f($@\"\\{a}\"\"Random\");", "f(a);")]
    [TestCase("f($$\"\"\"{Random} {{a}} \"\"\");", "f(a);")]
    public void Holes_of_interpolated_strings_stay_code(string source, string expected)
    {
        Assert.That(WithoutBlanks(CSharpCode.Only(source)), Is.EqualTo(expected));
    }

    [Test]
    public void Lines_stay_where_they_were()
    {
        var file = new SourceFile("A.cs", "/*\n\n*/ \"\"\"\n x\n \"\"\" here");

        Assert.That(file.CodeOnly().LineOf(file.Text.IndexOf("here", StringComparison.Ordinal)), Is.EqualTo(5));
    }

    private static string WithoutBlanks(string code) => code.Replace(" ", "");
}
