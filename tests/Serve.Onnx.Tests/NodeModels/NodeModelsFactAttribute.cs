namespace Serve.Onnx.Tests.NodeModels;

/// <summary>A test over ONNX's own models of single operators, which Debian packages.</summary>
internal sealed class NodeModelsFactAttribute : FactAttribute
{
    public const string Folder = "/usr/share/libonnx-testdata/data/node";

    public NodeModelsFactAttribute()
    {
        if (!Directory.Exists(Folder))
            Skip = $"{Folder} doesn't exist: apt install libonnx-testdata.";
    }
}
