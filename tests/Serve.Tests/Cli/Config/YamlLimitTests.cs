using System.Text;
using System.Text.Json.Nodes;
using Serve.Cli;

namespace Serve.Tests.Cli.Config;

public sealed class YamlLimitTests
{
    private const string TooMuch = "the document has more than 100000 parts, or is nested deeper than 50.";

    [Fact]
    public void Read_AliasBomb_IsRefused()
    {
        var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 30; i++)
            bomb.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        Yaml.Error(bomb.ToString()).ShouldContain(TooMuch);
    }

    [Fact]
    public void Read_MergeBomb_IsRefused()
    {
        var keys = string.Join(", ", Enumerable.Range(0, 40_000).Select(i => $"k{i}: 1"));
        Yaml.Error($"a: &a {{{keys}}}\nb: {{<<: *a}}\nc: {{<<: *a}}\n").ShouldBe($"line 3, column 9: {TooMuch}");
    }

    [Fact]
    public void Read_ManyParts_AreFineUpToTheLimit() => Yaml.Read($"[{string.Join(", ", Enumerable.Repeat("1", 99_999))}]").ToJson()!.AsArray().Count.ShouldBe(99_999);

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    [InlineData(100_000, false)]
    public void Read_DeepNesting_IsBounded(int depth, bool isFine)
    {
        var yaml = new string('[', depth) + "1" + new string(']', depth);
        if (isFine)
            Yaml.Read(yaml).ToJson().ShouldNotBeNull();
        else
            Yaml.Error(yaml).ShouldContain(TooMuch);
    }

    /// <summary>What can be read can also be sent: JSON readers stop at a depth of 64.</summary>
    [Fact]
    public void Read_AliasesInsideAliases_CountWithTheirDepth()
    {
        var nested = new string('[', 30) + "1" + new string(']', 30);
        Yaml.Error($"a: &a {nested}\nb: {new string('[', 30)}*a{new string(']', 30)}\n").ShouldContain(TooMuch);
        var fine = Yaml.Json($"a: &a {nested}\nb: {new string('[', 18)}*a{new string(']', 18)}\n");
        JsonNode.Parse(fine).ShouldNotBeNull();
    }

    [Fact]
    public void Read_RandomlyBrokenText_GivesADocumentOrSaysWhere()
    {
        const string Whole = "a: &x {k: [1, 'two', \"th\\u00e9ee\"], <<: {z: .5}}\nb:\n  - *x\n  - |\n    text\n  - ? complex\n    : !!str 1\n# end\n";
        const string Letters = "{}[]:,-?&*!|>'\"%@`#~<= \t\n\\0xaéu\u0000\ud83d";
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var text = new StringBuilder(Whole);
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                var at = random.Next(text.Length);
                if (random.Next(2) == 0)
                    text.Remove(at, Math.Min(random.Next(1, 8), text.Length - at));
                else
                    text.Insert(at, Letters[random.Next(Letters.Length)]);
            }

            try
            {
                Yaml.Read(text.ToString()).ToJson();
            }
            catch (CommandException exception)
            {
                exception.Details.Single().ShouldStartWith("line ", customMessage: $"seed {seed}");
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed} gives {exception.GetType().Name} for:\n{text}", exception);
            }
        }
    }
}
