namespace Serve.Specs.Parsing;

/// <summary>What a document says, and what is to be said about it.</summary>
/// <param name="Value">What it says; usable only where there is no error.</param>
/// <param name="Errors">What is wrong.</param>
/// <param name="Warnings">What is accepted, although not as it was perhaps meant.</param>
internal readonly record struct Reading<T>(T Value, IReadOnlyList<SpecError> Errors, IReadOnlyList<SpecError> Warnings)
{
    public void Deconstruct(out T value, out IReadOnlyList<SpecError> errors) => (value, errors) = (Value, Errors);
}
