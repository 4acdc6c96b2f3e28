import 'reflect-metadata';
import './linear-time.js';
