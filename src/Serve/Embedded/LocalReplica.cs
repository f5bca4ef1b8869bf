using Serve.Replica;
using Serve.Routing;

namespace Serve.Embedded;

/// <summary>A replica in this process: calls go straight to its object, without a socket and without conversion.</summary>
/// <param name="id">The replica's id.</param>
/// <param name="instance">The object.</param>
/// <param name="gate">The door that other processes come through as well, or null where only this process's router leads to it.</param>
internal sealed class LocalReplica(string id, DeploymentInstance instance, AdmissionGate? gate = null) : ReplicaEntry(id), IRoomListener
{
    public DeploymentInstance Instance { get; } = instance;

    /// <summary>Lets a call in if there is room.</summary>
    /// <param name="anyway">Whether it comes in without room as well.</param>
    public bool TryEnterGate(bool anyway) => gate is null || (anyway ? gate.TryEnterAnyway() : gate.TryEnter(this) == Admission.Entered);

    /// <summary>The call is over.</summary>
    public void Leave() => gate?.Exit();

    void IRoomListener.OnRoom() => OnFree();

    protected override void Close()
    {
        // The service provider owns the object.
    }
}
