using Serve.Specs.Parsing;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Serve.Cli.Config;

/// <summary>Reads a YAML document (or JSON, which is YAML) with the place of each part. Types are those of YAML's core schema.</summary>
internal sealed class YamlReader
{
    /// <summary>Aliases repeat what they stand for; a document that grows beyond this is an attack or a mistake.</summary>
    private const int MaxNodes = 100_000;

    private const int MaxDepth = 50;
    private const string MergeKey = "<<";
    private const string TextTag = "tag:yaml.org,2002:str";

    private readonly Dictionary<AnchorName, ConfigNode> _anchors = [];
    private readonly Scanner _scanner;
    private readonly Parser _parser;
    private int _nodes;

    private YamlReader(TextReader text)
    {
        _scanner = new Scanner(text);
        _parser = new Parser(_scanner);
    }

    /// <exception cref="CommandException">The text is no YAML; the message says where.</exception>
    public static ConfigNode Read(string path, TextReader text)
    {
        var reader = new YamlReader(text);
        try
        {
            return reader.ReadDocument();
        }
        catch (YamlException exception)
        {
            throw NoYaml(path, exception.Start, (exception.InnerException ?? exception).Message);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            // YamlDotNet 16.3 lets these escape, for instance where a plain text goes on in the line after "{a: 1" without a comma.
            throw NoYaml(path, reader._scanner.CurrentPosition, "this can't be read; look for a bracket, a quote or a comma that is missing just before.");
        }
    }

    private static CommandException NoYaml(string path, Mark at, string message) =>
        new(ExitCode.Usage, $"{path} is no YAML document.", [$"line {at.Line}, column {at.Column}: {message}"]);

    private ConfigNode ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _))
            return new ConfigMap(new Location(1, 1), []);
        _parser.Consume<DocumentStart>();
        var document = ReadNode(depth: 0);
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out var second))
            throw Wrong(second, "a second document starts here; one file is one document.");
        return document;
    }

    private ConfigNode ReadNode(int depth)
    {
        var start = _parser.Current!;
        Bound(start, nodes: 1, depth);
        var node = start switch
        {
            AnchorAlias => ReadAlias(depth),
            MappingStart => ReadMap(depth),
            SequenceStart => ReadList(depth),
            _ => ReadScalar(),
        };
        if (start is NodeEvent { Anchor.IsEmpty: false } anchored)
            _anchors[anchored.Anchor] = node;
        return node;
    }

    private ConfigNode ReadAlias(int depth)
    {
        var alias = _parser.Consume<AnchorAlias>();
        if (!_anchors.TryGetValue(alias.Value, out var node))
            throw Wrong(alias, $"nothing is anchored as '{alias.Value}'.");
        var (nodes, height) = Measure(node);
        Bound(alias, nodes, depth + height);
        return node;
    }

    private ConfigMap ReadMap(int depth)
    {
        var start = _parser.Consume<MappingStart>();
        CheckTag(start);
        var entries = new List<ConfigEntry>();
        var merged = new List<ConfigEntry>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = _parser.Consume<Scalar>();
            var value = ReadNode(depth + 1);
            if (key is { Value: MergeKey, Style: ScalarStyle.Plain })
                merged.AddRange(MapsOf(key, value).SelectMany(map => map.Entries));
            else
                entries.Add(new ConfigEntry(key.Value, LocationOf(key), value));
            if (!key.Anchor.IsEmpty)
                _anchors[key.Anchor] = new ConfigScalar(LocationOf(key), key.Value, ScalarKind.Text);
        }

        // Own keys win over merged ones, and earlier merged ones over later; a key that is its own twice stays, to be reported.
        var taken = entries.Select(entry => entry.Key).ToHashSet(StringComparer.Ordinal);
        entries.AddRange(merged.Where(entry => taken.Add(entry.Key)));
        return new ConfigMap(LocationOf(start), entries);
    }

    private static IEnumerable<ConfigMap> MapsOf(Scalar mergeKey, ConfigNode value) => value switch
    {
        ConfigMap map => [map],
        ConfigList list when list.Items.All(item => item is ConfigMap) => list.Items.Cast<ConfigMap>(),
        _ => throw Wrong(mergeKey, $"'{MergeKey}' merges a mapping or a list of mappings, not {value.Kind}."),
    };

    private ConfigList ReadList(int depth)
    {
        var start = _parser.Consume<SequenceStart>();
        CheckTag(start);
        var items = new List<ConfigNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(ReadNode(depth + 1));
        return new ConfigList(LocationOf(start), items);
    }

    private ConfigScalar ReadScalar()
    {
        var scalar = _parser.Consume<Scalar>();
        var isText = scalar.Style != ScalarStyle.Plain || scalar.Tag == TextTag;
        if (scalar.Tag != TextTag)
            CheckTag(scalar);
        return isText ? new ConfigScalar(LocationOf(scalar), scalar.Value, ScalarKind.Text) : CoreSchema.Resolve(LocationOf(scalar), scalar.Value);
    }

    /// <summary>Tags ask for types that JSON does not have; to overlook one would give the program something else than its author meant.</summary>
    private static void CheckTag(NodeEvent node)
    {
        if (!node.Tag.IsEmpty)
            throw Wrong(node, $"the tag '{node.Tag}' is not supported; remove it.");
    }

    private void Bound(ParsingEvent at, int nodes, int depth)
    {
        _nodes += nodes;
        if (_nodes > MaxNodes || depth > MaxDepth)
            throw Wrong(at, $"the document has more than {MaxNodes} parts, or is nested deeper than {MaxDepth}.");
    }

    private static (int Nodes, int Height) Measure(ConfigNode node)
    {
        var (nodes, height) = (1, 0);
        foreach (var child in ChildrenOf(node))
        {
            var below = Measure(child);
            nodes += below.Nodes;
            height = Math.Max(height, below.Height + 1);
        }

        return (nodes, height);
    }

    private static IEnumerable<ConfigNode> ChildrenOf(ConfigNode node) => node switch
    {
        ConfigMap map => map.Entries.Select(entry => entry.Value),
        ConfigList list => list.Items,
        _ => [],
    };

    private static YamlException Wrong(ParsingEvent at, string message) => new(at.Start, at.End, message);

    private static Location LocationOf(ParsingEvent at) => new((int)at.Start.Line, (int)at.Start.Column);
}
