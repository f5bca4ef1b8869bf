namespace Serve.Onnx;

/// <summary>What the model file says about itself.</summary>
/// <param name="Producer">The tool that made it.</param>
/// <param name="Graph">The name of its graph.</param>
/// <param name="Domain">Whose model it is, such as <c>org.example</c>.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Version">Its own version number.</param>
/// <param name="Properties">Its free entries.</param>
public sealed record OnnxFacts(string Producer, string Graph, string Domain, string Description, long Version, IReadOnlyDictionary<string, string> Properties);
