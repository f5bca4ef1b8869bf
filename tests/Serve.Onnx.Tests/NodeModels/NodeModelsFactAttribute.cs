namespace Serve.Onnx.Tests.NodeModels;

/// <summary>A test over ONNX's own models of single operators, which Debian packages.</summary>
internal sealed class NodeModelsFactAttribute : FactAttribute
{
    public const string Folder = "/usr/share/libonnx-testdata/data/node";

    /// <summary>Those of ONNX 1.12; the list of what doesn't pass is theirs.</summary>
    private const int Models = 932;

    public NodeModelsFactAttribute()
    {
        if (!Directory.Exists(Folder))
            Skip = $"{Folder} doesn't exist: apt install libonnx-testdata.";
        else if (Directory.GetDirectories(Folder).Length is var found && found != Models)
            Skip = $"{Folder} has {found} models, not the {Models} of libonnx-testdata 1.12.";
    }
}
