namespace Serve.Server.Node.Resources;

/// <summary>The environment variables by which CUDA learns which GPUs a process has.</summary>
internal static class CudaVariables
{
    /// <summary>Numbers or ids, separated by commas; empty is none.</summary>
    public const string VisibleDevices = "CUDA_VISIBLE_DEVICES";

    /// <summary>What the numbers mean: <see cref="PciOrder"/>, or the fastest first.</summary>
    public const string DeviceOrder = "CUDA_DEVICE_ORDER";

    public const string PciOrder = "PCI_BUS_ID";
}
