namespace Serve.Onnx;

/// <summary>Which models there are, and how they are loaded.</summary>
public sealed record ModelRepositoryOptions
{
    /// <summary>An .onnx file, the folder of a model, or a folder of models; as a path, or with the scheme of one of <see cref="Sources"/>.</summary>
    public required string Location { get; init; }

    /// <summary>What the file at <see cref="Location"/> must hash to (SHA-256, hexadecimal digits); null: anything. Only for a location that is one file.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The name under which the model is served, where <see cref="Location"/> has exactly one; null: that of its folder or file.</summary>
    public string? ModelName { get; init; }

    /// <summary>A configuration in protobuf's text format or as JSON that takes the place of the model's own, where <see cref="Location"/> has exactly one; null: none.</summary>
    public string? ModelConfig { get; init; }

    /// <summary>Who decides which models are loaded.</summary>
    public ModelControl Control { get; init; }

    /// <summary>How often a repository is looked through, with <see cref="ModelControl.Poll"/>. A change is taken up when two looks in a row have seen the same: not while it is still being copied.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How models are run where their own configuration says nothing.</summary>
    public OnnxOptions Engine { get; init; } = new();

    /// <summary>How many runs at once where a model's own configuration says nothing.</summary>
    public int UsualInstances { get; init; } = 1;

    /// <summary>The most rows of a batch where a model has a batch dimension and its own configuration says nothing.</summary>
    public int UsualBatchSize { get; init; } = 4;

    /// <summary>Whether models without warm-ups of their own are run once with zeros before they count as ready.</summary>
    public bool WarmUp { get; init; } = true;

    /// <summary>Where models from afar are kept; null: in a folder for temporary files.</summary>
    public string? DownloadFolder { get; init; }

    /// <summary>The most bytes of a model from afar.</summary>
    public long MaxDownloadBytes { get; init; } = 4L << 30;

    /// <summary>Where models may come from beside the schemes <c>file</c>, <c>http</c> and <c>https</c>.</summary>
    public IReadOnlyList<IModelSource> Sources { get; init; } = [];
}

/// <summary>Who decides which models of a repository are loaded.</summary>
public enum ModelControl
{
    /// <summary>All are loaded at the start, and that is that.</summary>
    Fixed,

    /// <summary>All are loaded at the start; the repository is looked through again and again, and what has changed is loaded or unloaded.</summary>
    Poll,

    /// <summary>Only what is asked for is loaded and unloaded.</summary>
    Explicit,
}
