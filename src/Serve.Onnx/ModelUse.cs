namespace Serve.Onnx;

/// <summary>The use of a model by one request: until it is disposed, the model stays as it is.</summary>
public readonly struct ModelUse : IDisposable, IEquatable<ModelUse>
{
    internal ModelUse(LoadedModel model) => Model = model;

    /// <summary>The model.</summary>
    public LoadedModel Model { get; }

    /// <summary>Whether both are uses of one model.</summary>
    public static bool operator ==(ModelUse left, ModelUse right) => left.Equals(right);

    /// <summary>Whether they are uses of different models.</summary>
    public static bool operator !=(ModelUse left, ModelUse right) => !left.Equals(right);

    /// <summary>Ends the use; once.</summary>
    public void Dispose() => Model?.Lease.Release();

    /// <inheritdoc/>
    public bool Equals(ModelUse other) => ReferenceEquals(Model, other.Model);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ModelUse other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Model?.GetHashCode() ?? 0;
}
