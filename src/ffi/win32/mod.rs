//! windows.h
