using Serve.Specs.Parsing;

namespace Serve.Tests.Cli.Config;

public sealed class YamlReaderTests
{
    [Fact]
    public void Read_Document_RemembersWhereEachPartStands()
    {
        var map = (ConfigMap)Yaml.Read("# comment\na:\n  - x\n  -   {k: 'v'}\n\"b c\": 1\n");
        map.Location.ShouldBe(new Location(2, 1));
        map.Entries.Select(entry => (entry.Key, entry.KeyLocation)).ShouldBe([("a", new Location(2, 1)), ("b c", new Location(5, 1))]);
        var list = (ConfigList)map.Entries[0].Value;
        list.Items[0].Location.ShouldBe(new Location(3, 5));
        var inner = (ConfigMap)list.Items[1];
        inner.Location.ShouldBe(new Location(4, 7));
        inner.Entries[0].KeyLocation.ShouldBe(new Location(4, 8));
        inner.Entries[0].Value.Location.ShouldBe(new Location(4, 11));
        map.Entries[1].Value.Location.ShouldBe(new Location(5, 8));
    }

    [Fact]
    public void Read_Alias_IsTheAnchoredValueWithItsPlace()
    {
        var map = (ConfigMap)Yaml.Read("base: &b [1, 2]\nuse: *b\nkey: &k word\nagain: *k\n");
        map.ToJson().ToJsonString().ShouldBe("""{"base":[1,2],"use":[1,2],"key":"word","again":"word"}""");
        map.Entries[1].Value.Location.ShouldBe(new Location(1, 7));
    }

    [Fact]
    public void Read_AnchorOnAKey_CanBeUsed() => Yaml.Json("&k name: x\nuse: *k\n").ShouldBe("""{"name":"x","use":"name"}""");

    [Fact]
    public void Read_AnchorTwice_TheLaterOneIsMeantFromThereOn() =>
        Yaml.Json("[&a 1, *a, &a 2, *a]").ShouldBe("[1,1,2,2]");

    [Theory]
    [InlineData("{base: &b {x: 1, y: 1}, use: {<<: *b, y: 2}}", """{"y":2,"x":1}""")]
    [InlineData("{base: &b {x: 1, y: 1}, use: {y: 2, <<: *b}}", """{"y":2,"x":1}""")]
    [InlineData("{a: &a {x: 1}, b: &b {x: 2, y: 2}, use: {<<: [*a, *b]}}", """{"x":1,"y":2}""")]
    [InlineData("{a: &a {x: 1}, b: &b {x: 2, y: 2}, use: {<<: *a, <<: *b}}", """{"x":1,"y":2}""")]
    [InlineData("{a: &a {x: 1}, b: &b {<<: *a, y: 2}, use: {<<: *b}}", """{"y":2,"x":1}""")]
    [InlineData("{use: {<<: {x: 1}}}", """{"x":1}""")]
    [InlineData("{use: {<<: []}}", "{}")]
    [InlineData("{use: {'<<': {x: 1}}}", """{"\u003C\u003C":{"x":1}}""")]
    public void Read_MergeKey_AddsWhatIsNotThere(string yaml, string json) =>
        ((ConfigMap)Yaml.Read(yaml)).Entries.Single(entry => entry.Key == "use").Value.ToJson()!.ToJsonString().ShouldBe(json);

    [Theory]
    [InlineData("a:\n  <<: text", "line 2, column 3: '<<' merges a mapping or a list of mappings, not the text 'text'.")]
    [InlineData("a:\n  <<: [{x: 1}, 2]", "line 2, column 3: '<<' merges a mapping or a list of mappings, not a list.")]
    [InlineData("a: *missing", "line 1, column 4: nothing is anchored as 'missing'.")]
    [InlineData("a: &a [*a]", "line 1, column 8: nothing is anchored as 'a'.")]
    [InlineData("a: 1\n---\nb: 2\n", "line 2, column 1: a second document starts here; one file is one document.")]
    [InlineData("a: !secret x", "line 1, column 4: the tag '!secret' is not supported; remove it.")]
    [InlineData("a: !!set {x}", "line 1, column 4: the tag 'tag:yaml.org,2002:set' is not supported; remove it.")]
    [InlineData("a: !x [1]", "line 1, column 4: the tag '!x' is not supported; remove it.")]
    public void Read_WhatIsNotSupported_SaysWhereAndWhy(string yaml, string error) => Yaml.Error(yaml).ShouldBe(error);

    [Theory]
    [InlineData("a: [1, 2", 2)]
    [InlineData("a: 1\n b: 2", 2)]
    [InlineData("a:\n\t- x", 1)]
    [InlineData("a:\n  b: {c: 1\n  d: 2\n", 3)]
    [InlineData("a: !s[tr 1", 1)]
    [InlineData("a: 'open", 1)]
    [InlineData("a: 1\nb", 2)]
    [InlineData("a: b: c", 1)]
    [InlineData("{a: 1]", 1)]
    [InlineData("? [x]\n: y", 1)]
    [InlineData("@x", 1)]
    [InlineData("a: \"\\q\"", 1)]
    public void Read_BrokenYaml_SaysWhere(string yaml, int line) => Yaml.Error(yaml).ShouldStartWith($"line {line}, column ");

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("# only a comment\n")]
    public void Read_NothingInIt_IsAnEmptyMapping(string yaml) => Yaml.Json(yaml).ShouldBe("{}");

    [Theory]
    [InlineData("---\na: 1\n...\n")]
    [InlineData("%YAML 1.2\n---\na: 1\n")]
    [InlineData("a: 1\r\n")]
    public void Read_MarkersAroundTheDocument_ChangeNothing(string yaml) => Yaml.Json(yaml).ShouldBe("""{"a":1}""");
}
